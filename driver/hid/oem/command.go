package oem

// Commands to the scanner are always eleven bytes, sent as output report (HID
// SET_REPORT, no report id). The bytes are those of Datalogic's own driver for
// the USB OEM interface; IBM's specification is not public.
type Command [11]byte

// The commands.
var (
	Enable       = Command{0x11}
	Disable      = Command{0x12}
	BeeperOn     = Command{0x14}
	BeeperOff    = Command{0x18}
	SelfTest     = Command{0x00, 0x10}
	StatusWanted = Command{0x00, 0x20}
	Restart      = Command{0x00, 0x40}
	Beep         = Command{0x30, 0x00, 0x04}
	ErrorBeep    = Command{0x30, 0x00, 0x05}
	UnknownBeep  = Command{0x30, 0x00, 0x06}       // "not on file"
	PhonesOn     = Command{0x30, 0x00, 0x71, 0x01} // Datalogic: reads from phone screens
	PhonesOff    = Command{0x30, 0x00, 0x71, 0x00}
)

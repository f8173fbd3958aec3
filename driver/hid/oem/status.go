package oem

// Status are the three bytes of status that go with every report.
type Status [3]byte

// The bits are from the status table of Datalogic's driver. Bit 10 of the first
// byte is not in it; captures of labels have it set.
const (
	flashing = 0x01
	config   = 0x02
	eanConf  = 0x04
	hardware = 0x20
	dioData  = 0x40
	notReady = 0x80

	enabled    = 0x02
	checkDigit = 0x04
	rejected   = 0x80

	dioDenied    = 0x10
	dioUndefined = 0x20
)

// Enabled says whether the scanner reads codes.
func (s Status) Enabled() bool { return s[1]&enabled != 0 }

// Fault says what keeps the scanner from reading at all, "" if nothing does.
func (s Status) Fault() string {
	switch {
	case s[0]&flashing != 0:
		return "its firmware is being written"
	case s[0]&hardware != 0:
		return "hardware error"
	case s[0]&notReady != 0:
		return "not ready"
	}
	return ""
}

// Trouble is a fault, or why a label was no good; "" if all is well. A rejected
// command is no trouble of a label and is none.
func (s Status) Trouble() string {
	if s[1]&checkDigit != 0 && s.Fault() == "" {
		return "check digit of a label is wrong"
	}
	return s.Fault()
}

// Answer says that the report answers a command and holds no label.
func (s Status) Answer() bool {
	return s[0]&(config|eanConf|dioData) != 0 || s[1]&rejected != 0 || s[2]&(dioDenied|dioUndefined) != 0
}

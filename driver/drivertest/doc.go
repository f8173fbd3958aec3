// Package drivertest has scanners made of software that look to a driver like the
// real thing. They know no *testing.T, so that a program may show them to people;
// the contract that every driver passes is in package contract below.
//
// Pty is a serial scanner on a pseudo terminal: the driver opens it by its path as
// it opens any port. Trigger lets people scan with it from a shell. With nothing
// else it is a scanner in USB-COM mode that sends text; SSI, Menu and Datalogic
// speak the protocol of their makers too, obey commands, and can be told to make
// mistakes. What they were told is on the channel Heard, in words such as "beep 0"
// or "menu PAPHHC!":
//
//	s, err := drivertest.OpenSSI(drivertest.Personality{Link: "/tmp/scanner"})
//	…start the program under test with path = "/tmp/scanner", protocol = "ssi"…
//	err = s.Scan(usb.Code{Data: []byte("2900000000018"), AIM: "]E0"}) // nil: acknowledged
//	fmt.Println(<-s.Heard())
//
// A recording of a real scanner ("tillgate devices --record") is read by package usb
// and played by the method Play.
//
// They were written from the makers' guides and share no code with the drivers.
// Scanners on USB, down to their descriptors and reports, are in package usb.
package drivertest

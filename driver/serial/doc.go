// Package serial drives scanners on serial ports: RS-232, and USB scanners in
// the mode called USB-COM, CDC or virtual COM port.
//
// # Framing without configuration
//
// A serial line carries bytes and no packets. What separates two codes is up to
// the scanner's settings, and a wrong guess puts two customers into one scan or
// one customer behind the next. These are the rules, and why.
//
//   - CR, LF and ETX end a code at once, in any number and order; what lies
//     between two of them without any other byte is nothing. So CR, LF, CR LF,
//     CR CR and CR ETX need no telling apart, and no code waits for a possible LF.
//     The price: a code that holds line ends itself (a contact card in a QR code)
//     comes in pieces, unless the configuration names the suffix.
//   - Nothing is held longer than the time of silence (60 ms if not configured).
//     A scanner without a suffix is read that way. Where the code before ended in CR,
//     LF or ETX, or a suffix is configured, five times that: half a code would pass for
//     one, so a line that stalls is waited for. A code that is complete never waits.
//   - Silence is time spent waiting at an empty port. Bytes that were queued while
//     the stages behind were busy are not silent, whenever they are read.
//   - STX and SOH before a code are dropped. Inside a code they are data, unless
//     this code itself began with the same one: then the next code begins there.
//   - NUL before a code is dropped: it is what a break or a plug makes on the
//     line. A byte with a wrong parity arrives as NUL too, inside the code, which
//     makes the code unknown and not another customer's.
//
// TAB and NUL are suffixes of some scanners, and data in some codes. Which one
// it is depends on what was seen of this scanner before:
//
//   - After a code that ended in CR, LF or ETX, a TAB or NUL is data. Right
//     before the CR, LF or ETX it is part of the suffix ("TAB CR" is a common
//     setting for forms, a code that ends in TAB is not).
//   - After a code that ended in TAB, a TAB ends a code at once, and NUL is data;
//     and the other way round. A CR, LF or ETX changes the mind again.
//   - As long as nothing is known, or the scanner has no suffix, the burst is
//     held until it ends. If it ends in CR, LF or ETX, or in an ordinary byte and
//     silence, the TABs are data. If it ends in a TAB and silence, TAB is the
//     suffix: the burst is cut at each one. Cutting is preferred there because two
//     merged codes are two lost customers, while a text with TABs, at its end too,
//     is no card. More than 1 KiB of burst is not waited for: it is cut.
//
// What was learned is shown as the mode of the device, and kept when it is
// unplugged. Three codes in a row that end in silence are taken as a suffix that
// was switched off; one or two may be stalls.
//
// A code longer than driver.MaxScan is noise. It is counted once, and skipped up
// to the next suffix or silence; the port goes on.
//
// Honeywell scanners can be told to send the length of each code before it
// (menu command DECHDR1). This is recognised, and is the one framing in which any
// code survives whatever bytes it holds.
//
// # What is spoken
//
// Nothing is sent to a scanner unless the configuration says what it understands:
// the same bytes may set up another make anew. Each protocol is a state machine
// without a clock and without a device, so that the tests and the fuzzer drive all
// of it; bytes, scans and orders pass through one lock, held for no longer than a
// protocol thinks. What is to be sent goes through a writer of its own: a scanner
// that takes nothing must neither keep its codes back nor the port from being closed.
//
// With Honeywell's and Newland's menu commands the answers come among the codes. One
// is looked for only while it is due, and must repeat the command to the letter; all
// else is a code. SSI packets are acknowledged when they are whole, before the code is
// handed on: the scanner waits two seconds, the stages behind may be busy for longer.
// A packet that comes again is the same one only if none was lost in between.
//
// # Owning a port
//
// A port is named by path, or found by USB ids in what the system lists; no port
// is ever opened to see what is behind it, for it may be a fiscal printer. A port
// that another program has is waited for, and the program is named. What was
// queued in a port before it was opened is thrown away: it is a customer who has
// gone.
package serial

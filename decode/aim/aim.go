// Package aim knows symbology identifiers: AIM (ISO/IEC 15424) and the code ids
// of the vendors.
package aim

// Symbology is a kind of barcode.
type Symbology uint8

// SymbologyUnknown is a code whose symbology nobody said.
const SymbologyUnknown Symbology = 0

func (s Symbology) String() string { return "unknown" }

package aim

import (
	"fmt"
	"sort"
	"strings"

	"github.com/tillgate/tillgate/driver"
)

// Table is a vendor's own set of code ids: one to three characters in front of
// the data that name the symbology. They can not be told from data, so a table
// counts only for a device that is configured to send them.
type Table string

// The tables.
const (
	NoTable      Table = ""
	Honeywell    Table = "honeywell"
	Zebra        Table = "zebra"
	ZebraNixdorf Table = "zebra_nixdorf" // Zebra as Wincor-Nixdorf RS-232 Mode A
	DatalogicUS  Table = "datalogic"     // the US set, the default of the devices
	DatalogicEU  Table = "datalogic_eu"
)

// ParseTable finds a table by its name; the error lists them. Newland's devices
// send AIM identifiers or none, so there is no table for them.
func ParseTable(name string) (Table, error) {
	if _, ok := tables[Table(name)]; ok || name == "" {
		return Table(name), nil
	}
	known := make([]string, 0, len(tables))
	for t := range tables {
		known = append(known, `"`+string(t)+`"`)
	}
	sort.Strings(known)
	if name == string(driver.VendorNewland) {
		return NoTable, fmt.Errorf("newland scanners have no code ids of their own: switch AIM identifiers on at the scanner and leave this out")
	}
	return NoTable, fmt.Errorf("unknown set of code ids %q: use one of %s", name, strings.Join(known, ", "))
}

// TableOf is the table by which a device of the vendor speaks when it sends the
// code id apart from the data, as in the HID point-of-sale mode. Zebra uses
// Honeywell's letters there, not those of its serial prefix.
func TableOf(v driver.Vendor) Table {
	switch v {
	case driver.VendorHoneywell, driver.VendorZebra:
		return Honeywell
	case driver.VendorDatalogic:
		return DatalogicUS
	}
	return NoTable
}

// Lookup reads a code id that was sent apart from the data.
func (t Table) Lookup(code string) (ID, bool) {
	m, ok := tables[t][code]
	if !ok {
		return ID{}, false
	}
	return ID{Text: code, Symbology: m.sym, Flags: m.flags}, true
}

// Split takes a leading code id off the data: the longest that the table has
// and whose symbology could hold the rest ("h" in front of "ttps://" is no
// Code 11). If none fits, ok is false and rest is data.
func (t Table) Split(data []byte) (id ID, rest []byte, ok bool) {
	for n := min(3, len(data)-1); n > 0; n-- {
		if m, ok := tables[t][string(data[:n])]; ok && holds(m.sym, data[n:]) {
			return ID{Text: string(data[:n]), Symbology: m.sym, Flags: m.flags}, data[n:], true
		}
	}
	return ID{}, data, false
}

// holds reports whether a symbology can hold the data at all.
func holds(s Symbology, data []byte) bool {
	switch s {
	case EAN13, EAN8, UPCA, UPCE, EANUPC:
		return len(data) >= 6 && len(data) <= 18 && only(data, "0123456789")
	case ITF, Standard2of5, Matrix2of5, Chinese2of5, MSI:
		return only(data, "0123456789")
	case Code11:
		return only(data, "0123456789-")
	case Codabar:
		return only(data, "0123456789-$:/.+ABCDabcdTNE*tne")
	case Code32, Trioptic:
		return only(data, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*")
	}
	return true
}

func only(data []byte, set string) bool {
	for _, c := range data {
		if strings.IndexByte(set, c) < 0 {
			return false
		}
	}
	return true
}

// Package descriptor reads HID report descriptors.
//
// A report descriptor is the device's own table of what stands at which bit of
// its reports. Scanners differ in nothing as much as in this, so we believe the
// table where it can be had and guess only where it can not. The item format is
// that of "Device Class Definition for Human Interface Devices 1.11", §6.2.2.
package descriptor

import (
	"errors"
	"fmt"
)

// Kind is the direction of a report.
type Kind uint8

// The kinds of report, numbered as in the control requests GET_REPORT and
// SET_REPORT (HID 1.11, §7.2.1).
const (
	Input   Kind = 1
	Output  Kind = 2
	Feature Kind = 3
)

// Usage is a meaning: a page and a number on it.
type Usage struct{ Page, ID uint16 }

func (u Usage) String() string { return fmt.Sprintf("%04X:%02X", u.Page, u.ID) }

// Field is a run of Count values of Size bits each that mean the same.
type Field struct {
	Kind   Kind
	Report uint8 // report id; 0 if the device numbers none
	Usage  Usage // meaning of the values; for an array the lowest it can name
	Last   Usage // for an array the highest usage it can name, else Usage
	Bit    int   // offset of the first value from the start of the report, the id's byte included
	Size   int   // bits of one value
	Count  int   // values
	Flags  uint8 // bit 0 constant, bit 1 variable (not an array); HID 1.11, §6.2.2.5
}

// Constant says that the field is padding.
func (f Field) Constant() bool { return f.Flags&1 != 0 }

// Array says that the values name usages that are on, as keyboards do.
func (f Field) Array() bool { return f.Flags&3 == 0 }

// Byte returns the offset of a field that starts at a byte and has values of
// one byte; ok is false for any other.
func (f Field) Byte() (offset int, ok bool) { return f.Bit / 8, f.Bit%8 == 0 && f.Size == 8 }

// Descriptor is a report descriptor that has been read.
type Descriptor struct {
	Applications []Usage // of the top-level collections, in order
	Numbered     bool    // reports begin with a byte that holds their id
	Fields       []Field
	bits         map[key]int
}

type key struct {
	kind   Kind
	report uint8
}

// Is says whether a top-level collection has this usage.
func (d *Descriptor) Is(page, id uint16) bool {
	for _, u := range d.Applications {
		if u == (Usage{page, id}) {
			return true
		}
	}
	return false
}

// Find returns the first field of this kind and meaning that is no padding.
func (d *Descriptor) Find(k Kind, page, id uint16) (Field, bool) {
	for _, f := range d.Fields {
		if f.Kind == k && !f.Constant() && f.Usage == (Usage{page, id}) {
			return f, true
		}
	}
	return Field{}, false
}

// Len returns the length of a report in bytes, with the byte of its id if the
// device numbers its reports; 0 if there is no such report.
func (d *Descriptor) Len(k Kind, report uint8) int { return (d.bits[key{k, report}] + 7) / 8 }

// Limits against descriptors made to exhaust us. Real ones have some ten fields
// and reports of 64 bytes.
const (
	maxFields = 4096
	maxBits   = 1 << 19
	maxDepth  = 64
)

var errTruncated = errors.New("report descriptor ends inside an item")

// global are the items that hold until they are changed.
type global struct {
	page   uint16
	report uint8
	size   uint32
	count  uint32
}

// local are the items that hold for the next main item.
type local struct {
	usages   []Usage
	min, max Usage
	hasMin   bool
	ranged   bool
}

// Parse reads a descriptor.
func Parse(b []byte) (*Descriptor, error) {
	d := &Descriptor{bits: map[key]int{}}
	var g global
	var l local
	var stack []global
	depth := 0
	for len(b) > 0 {
		tag, data, rest, err := item(b)
		if err != nil {
			return nil, err
		}
		b = rest
		v := number(data)
		switch tag {
		case 0x04:
			g.page = uint16(v)
		case 0x74:
			g.size = v
		case 0x94:
			g.count = v
		case 0x84:
			if v == 0 || v > 0xff {
				return nil, fmt.Errorf("report id %d is not possible", v)
			}
			g.report, d.Numbered = uint8(v), true
		case 0xa4:
			if len(stack) == maxDepth {
				return nil, errors.New("report descriptor: too many pushed states")
			}
			stack = append(stack, g)
		case 0xb4:
			if len(stack) == 0 {
				return nil, errors.New("report descriptor: pop without push")
			}
			g, stack = stack[len(stack)-1], stack[:len(stack)-1]
		case 0x08:
			if len(l.usages) < maxFields {
				l.usages = append(l.usages, usage(g.page, data))
			}
		case 0x18:
			l.min, l.hasMin = usage(g.page, data), true
		case 0x28:
			l.max = usage(g.page, data)
			l.ranged = l.hasMin && l.max.Page == l.min.Page && l.max.ID >= l.min.ID
		case 0x80, 0x90, 0xb0:
			kind := map[byte]Kind{0x80: Input, 0x90: Output, 0xb0: Feature}[tag]
			if err := d.add(kind, g, l, uint8(v)); err != nil {
				return nil, err
			}
			l = local{}
		case 0xa0:
			if depth++; depth > maxDepth {
				return nil, errors.New("report descriptor: collections too deep")
			}
			if depth == 1 {
				u := Usage{Page: g.page}
				if len(l.usages) > 0 {
					u = l.usages[0]
				}
				d.Applications = append(d.Applications, u)
			}
			l = local{}
		case 0xc0:
			if depth--; depth < 0 {
				return nil, errors.New("report descriptor: end of a collection that was not begun")
			}
			l = local{}
		}
	}
	d.shift()
	return d, nil
}

// item splits the first item off: its prefix without the size bits, its data
// and what follows. A long item (HID 1.11, §6.2.2.3) has tag 0xFC here.
func item(b []byte) (tag byte, data, rest []byte, err error) {
	if b[0] == 0xfe {
		if len(b) < 3 || len(b) < 3+int(b[1]) {
			return 0, nil, nil, errTruncated
		}
		return 0xfc, nil, b[3+int(b[1]):], nil
	}
	n := int(b[0] & 3)
	if n == 3 {
		n = 4
	}
	if len(b) < 1+n {
		return 0, nil, nil, errTruncated
	}
	return b[0] &^ 3, b[1 : 1+n], b[1+n:], nil
}

func number(b []byte) (v uint32) {
	for i, x := range b {
		v |= uint32(x) << (8 * i)
	}
	return v
}

// usage reads a usage; one of four bytes brings its own page.
func usage(page uint16, b []byte) Usage {
	v := number(b)
	if len(b) == 4 {
		return Usage{uint16(v >> 16), uint16(v)}
	}
	return Usage{page, uint16(v)}
}

// add takes a main item: it says what the next count × size bits of the report are.
func (d *Descriptor) add(kind Kind, g global, l local, flags uint8) error {
	k := key{kind, g.report}
	if g.size > 256 || g.count > maxBits || uint64(d.bits[k])+uint64(g.size)*uint64(g.count) > maxBits {
		return fmt.Errorf("report descriptor: report %d is too long", g.report)
	}
	bit, left := d.bits[k], int(g.count)
	d.bits[k] += int(g.size) * left
	f := Field{Kind: kind, Report: g.report, Size: int(g.size), Flags: flags}
	put := func(u, last Usage, n int) error {
		if len(d.Fields) == maxFields {
			return errors.New("report descriptor: too many fields")
		}
		f.Usage, f.Last, f.Bit, f.Count = u, last, bit, n
		d.Fields = append(d.Fields, f)
		bit, left = bit+n*f.Size, left-n
		return nil
	}
	us := l.usages
	if l.ranged && !f.Array() {
		for id := uint32(l.min.ID); id <= uint32(l.max.ID) && len(us) < left; id++ {
			us = append(us, Usage{l.min.Page, uint16(id)})
		}
	}
	switch {
	case left == 0:
		return nil
	case l.ranged && f.Array():
		return put(l.min, l.max, left)
	case len(us) == 0:
		return put(Usage{Page: g.page}, Usage{Page: g.page}, left)
	}
	for len(us) > 1 && left > 1 && !f.Array() {
		if err := put(us[0], us[0], 1); err != nil {
			return err
		}
		us = us[1:]
	}
	return put(us[0], us[0], left) // the last usage holds for all values that remain
}

// shift makes room for the byte of the report id.
func (d *Descriptor) shift() {
	if !d.Numbered {
		return
	}
	for i := range d.Fields {
		d.Fields[i].Bit += 8
	}
	for k := range d.bits {
		d.bits[k] += 8
	}
}

package gs1

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// render writes elements as people do: (8018)460123456789012345.
func render(e Elements) string {
	var b strings.Builder
	for _, x := range e {
		fmt.Fprintf(&b, "(%s)%s", x.AI, x.Value)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"8018460123456789012345", "(8018)460123456789012345"},
		{"8017460123456789012345", "(8017)460123456789012345"},
		{"8018460123456789012345\x1d801912", "(8018)460123456789012345(8019)12"},
		{"80030950110153000312345ABC", "(8003)0950110153000312345ABC"},
		{"800309501101530003", "(8003)09501101530003"},
		{"80044601234ABC", "(8004)4601234ABC"},
		{"2534601234567893VOUCHER", "(253)4601234567893VOUCHER"},
		{"25546012345678930012", "(255)46012345678930012"},
		{"00046012345678901239", "(00)046012345678901239"},
		{"4144601234567893", "(414)4601234567893"},
		{"4174601234567893", "(417)4601234567893"},
		{"4154601234567893802000012345", "(415)4601234567893(8020)00012345"},
		{"0104601234567893", "(01)04601234567893"},
		// Fixed length: no separator needed, one too many is harmless.
		{"01046012345678931725123110ABC", "(01)04601234567893(17)251231(10)ABC"},
		{"0104601234567893\x1d17251231\x1d10ABC\x1d", "(01)04601234567893(17)251231(10)ABC"},
		{"\x1d0104601234567893\x1d\x1d10A", "(01)04601234567893(10)A"},
		{"10ABC\x1d21XYZ", "(10)ABC(21)XYZ"},
		{"98MEMBER-1\x1d99x", "(98)MEMBER-1(99)x"},
		{"3103001250", "(3103)001250"},
		{"392099\x1d10A", "(3920)99(10)A"},
		// The marking code of goods sold in Russia: serial, key id, signature.
		{"010460123456789321abc\x1d93dGVz", "(01)04601234567893(21)abc(93)dGVz"},
		{"0104601234567893215abcdefghijk!\x1d91EE06\x1d92dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=",
			"(01)04601234567893(21)5abcdefghijk!(91)EE06(92)dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="},
		// Unknown identifiers, stepped over by the length of their class.
		{"7041abc\x1d10A", "(7041)abc(10)A"},
		{"4309123\x1d10A", "(4309)123(10)A"},
		{"1425123110A", "(14)251231(10)A"},
		{"419460123456789310A", "(419)4601234567893(10)A"},
		{"719NEW", "(719)NEW"},
		// The same twice says nothing new.
		{"10A\x1d10A", "(10)A"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if got := render(e); got != tt.want {
			t.Errorf("Parse(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "gs1: byte 0: empty"},
		{"\x1d\x1d", "gs1: byte 0: empty"},
		{"8", "gs1: byte 0: no application identifier (two digits or more)"},
		{"HELLO", "gs1: byte 0: no application identifier (two digits or more)"},
		{"05123", "gs1: byte 0: no application identifier begins with 05"},
		{"801", "gs1: byte 0: application identifier cut off"},
		{"80x8460", "gs1: byte 0: application identifier is not all digits"},
		{"8018460123456789012346", "gs1: byte 4: AI (8018): wrong check digit"},
		{"801846012345678901234", "gs1: byte 4: AI (8018): too short: 17 characters, must have 18"},
		{"801846012345678901234510A", "gs1: byte 4: AI (8018): too long: 21 characters, must have 18"},
		{"8018460123456789O12345", "gs1: byte 4: AI (8018): character 13 (0x4f) is not allowed there"},
		{"800319501101530003X", "gs1: byte 4: AI (8003): must begin with 0"},
		{"800309501101530004X", "gs1: byte 4: AI (8003): wrong check digit"},
		{"80030950110153000312345678901234567", "gs1: byte 4: AI (8003): too long: 31 characters, must have 14 to 30"},
		{"8003095", "gs1: byte 4: AI (8003): too short: 3 characters, must have 14 to 30"},
		{"2534601234567890X", "gs1: byte 3: AI (253): wrong check digit"},
		{"2554601234567893X", "gs1: byte 3: AI (255): character 1 (0x58) is not allowed there"},
		{"010460123456789310", "gs1: byte 18: AI (10): too short: 0 characters, must have 1 to 20"},
		{"0104601234567893\x1d1012345678901234567890X", "gs1: byte 19: AI (10): too long: 21 characters, must have 1 to 20"},
		{"0104601234567890", "gs1: byte 2: AI (01): wrong check digit"},
		{"0104601234\x1d10A", "gs1: byte 2: AI (01): too short: 8 characters, must have 14"},
		{"10A\x1d10B", "gs1: byte 4: AI (10): stands twice with different values"},
		{"10Привет", "gs1: byte 2: AI (10): character 1 (0xd0) is not allowed there"},
		{"10A\x1d\x00", "gs1: byte 4: no application identifier (two digits or more)"},
		{"1425x231", "gs1: byte 2: AI (14): character 3 (0x78) is not allowed there"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.in)
		var ge *Error
		if !errors.As(err, &ge) || err.Error() != tt.want || e != nil {
			t.Errorf("Parse(%q) = %s\n got %v\nwant %s", tt.in, render(e), err, tt.want)
		}
	}
}

// Every identifier of the table: a value of least and of greatest length is
// taken, one character more and (where there is a least) one less is not.
func TestEveryIdentifier(t *testing.T) {
	for name, f := range formats {
		ai := strings.Replace(name, "n", "2", 1)
		least, most := "", ""
		for _, p := range f {
			least += sample(p, p.min)
			most += sample(p, p.max)
		}
		for _, v := range []string{least, most} {
			if e, err := Parse(ai + v + "\x1d719X"); err != nil {
				t.Errorf("(%s)%s: %v", ai, v, err)
			} else if got, _ := e.Get(ai); got != v {
				t.Errorf("(%s) = %q, want %q", ai, got, v)
			}
		}
		if _, err := Parse(ai + most + "1\x1d"); err == nil {
			t.Errorf("(%s) takes %d characters", ai, len(most)+1)
		}
		if _, err := Parse(ai + least[:len(least)-1]); err == nil {
			t.Errorf("(%s) takes %d characters", ai, len(least)-1)
		}
		if n := aiLen(ai[:2]); n != len(ai) {
			t.Errorf("(%s) begins a class of %d digits", ai, n)
		}
		if predefined(ai) && f.fixed() != predefinedTotal[ai[:2]]-len(ai) {
			t.Errorf("(%s) has %d characters, its class %d", ai, f.fixed(), predefinedTotal[ai[:2]]-len(ai))
		}
	}
}

// sample is a value for a part.
func sample(p part, n int) string {
	v := strings.Repeat("0", n)
	if p.checked {
		c, _ := CheckDigit(v[:n-1])
		v = v[:n-1] + string(c)
	}
	return v
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"8018460123456789012345", "80030950110153000312345ABC", "010460123456789321abc\x1d93dGVz",
		"0104601234567893215abcdefghijk!\x1d91EE06\x1d92dGVzdHRlc3Q=", "\x1d0104601234567893", "10ABC\x1d21XYZ",
		"3103001250", "392099\x1d10A", "7041abc\x1d10A", "1425123110A", "30603020922310", "10\x1d", "8018460123456789012345\x1d801912",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if err != nil {
			var ge *Error
			if !errors.As(err, &ge) || ge.Pos < 0 || ge.Pos > len(s) || e != nil {
				t.Fatalf("Parse(%q) = %v, %v", s, e, err)
			}
			return
		}
		// What was read, written again with every separator, reads the same.
		var b strings.Builder
		for _, x := range e {
			b.WriteString(x.AI + x.Value + "\x1d")
			if reason := formatOf(x.AI).check(x.Value); reason != "" {
				t.Fatalf("Parse(%q): (%s)%s: %s", s, x.AI, x.Value, reason)
			}
		}
		again, err := Parse(b.String())
		if err != nil || render(again) != render(e) {
			t.Fatalf("Parse(%q) = %s, again %s, %v", s, render(e), render(again), err)
		}
	})
}

package datalogic

import (
	"errors"
	"testing"
)

func TestCommands(t *testing.T) {
	if got := string(Write(0x12ab, "01")); got != "$C12AB01\r" {
		t.Errorf("%q", got)
	}
	if got := string(Read(0x0a)); got != "$c000A\r" {
		t.Errorf("%q", got)
	}
}

func TestReply(t *testing.T) {
	if data, err := Reply([]byte("$>01\r")); string(data) != "01" || err != nil {
		t.Errorf("%q %v", data, err)
	}
	if _, err := Reply([]byte("$#\r")); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	if _, err := Reply([]byte("4006381333931\r")); err == nil {
		t.Error("a code taken for an answer")
	}
}

func TestInfo(t *testing.T) {
	if text, ok := Info([]byte("\x01I77\x04")); !ok || string(text) != "I77" || Interface("77") != "USB-HID" {
		t.Errorf("%q %v", text, ok)
	}
	if _, ok := Info([]byte("4006381333931")); ok {
		t.Error("a code taken for an answer")
	}
}

func FuzzInfo(f *testing.F) {
	for _, s := range []string{"\x01I77\x04", "\x01I05\x04", "\x01\x04", "$>01\r", "$#\r", "$>\r", "4006381333931\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, ok := Info(b); ok && len(text) != len(b)-2 {
			t.Fatalf("%q out of %q", text, b)
		}
		Reply(b)
	})
}

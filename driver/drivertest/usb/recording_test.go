package usb

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	recordedHID    = "# device 0c2e:1007 \"1900 Area-Imaging Scanner\" interface 0\n# descriptor 058c0902\n5 0201\n90 0202\n"
	recordedSerial = "# serial /dev/ttyACM0 0c2e:0caa \"Honeywell Barcode Scanner\", 9600 8N1\n1200 41310d\n"
)

func TestReadRecording(t *testing.T) {
	rec, err := ReadRecording(strings.NewReader(recordedHID))
	if err != nil || rec.Scanner.VID != 0x0c2e || rec.Scanner.PID != 0x1007 || rec.Scanner.Product != "1900 Area-Imaging Scanner" ||
		!bytes.Equal(rec.Scanner.Descriptor, []byte{5, 0x8c, 9, 2}) || !reflect.DeepEqual(rec.Scanner.Send("whatever"), [][]byte{{2, 1}, {2, 2}}) {
		t.Errorf("%+v %v", rec, err)
	}
	rec, err = ReadRecording(strings.NewReader(recordedSerial))
	if err != nil || rec.Scanner.Descriptor != nil || rec.Scanner.PID != 0x0caa || !reflect.DeepEqual(rec.Pieces, []Piece{{1200 * time.Millisecond, []byte("A1\r")}}) {
		t.Errorf("%+v %v", rec, err)
	}
	for text, want := range map[string]string{
		"":                                      "names no device",
		"5 0201\n":                              "names no device",
		"# device 0c2e \"x\"\n":                 "recording, line 1: \"0c2e\" are no USB ids",
		recordedHID + "soon 01\n":               "recording, line 5: \"soon 01\" is no time and report",
		recordedHID + "7 0\n":                   "recording, line 5: encoding/hex",
		"# device 0c2e:1007 x\n# descriptor zz": "recording, line 2: encoding/hex",
	} {
		if _, err := ReadRecording(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzReadRecording(f *testing.F) {
	f.Add(recordedHID)
	f.Add(recordedSerial)
	f.Fuzz(func(t *testing.T, text string) {
		if rec, err := ReadRecording(strings.NewReader(text)); err == nil && len(rec.Scanner.Send("")) != len(rec.Pieces) {
			t.Error("pieces are missing")
		}
	})
}

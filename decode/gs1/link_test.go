package gs1

import (
	"errors"
	"strings"
	"testing"
)

func TestParseLink(t *testing.T) {
	tests := []struct{ in, host, key, want string }{
		{"https://id.gs1.org/8018/460123456789012345?99=ABC", "id.gs1.org", "8018", "(8018)460123456789012345(99)ABC"},
		{"http://example.ru/8018/460123456789012345", "example.ru", "8018", "(8018)460123456789012345"},
		{"HTTPS://Example.RU:8443/8018/460123456789012345/", "example.ru", "8018", "(8018)460123456789012345"},
		{"https://example.ru/8018/460123456789012345/8019/7", "example.ru", "8018", "(8018)460123456789012345(8019)7"},
		{"https://example.ru/some/prefix/8003/09501101530003A%2F1", "example.ru", "8003", "(8003)09501101530003A/1"},
		{"https://example.ru/x/8003/09501101530003A1", "example.ru", "8003", "(8003)09501101530003A1"},
		{"https://example.ru/01/04601234567893/10/LOT/21/SER?17=251231", "example.ru", "01", "(01)04601234567893(10)LOT(21)SER(17)251231"},
		{"https://example.ru/01/4601234567893", "example.ru", "01", "(01)04601234567893"},
		{"https://example.ru/01/96385074/22/V", "example.ru", "01", "(01)00000096385074(22)V"},
		{"https://example.ru/414/4601234567893/254/DOOR", "example.ru", "414", "(414)4601234567893(254)DOOR"},
		{"https://example.ru/253/4601234567893V1", "example.ru", "253", "(253)4601234567893V1"},
		// Parameters that are no identifiers, repeats, escapes, fragment.
		{"https://e.ru/8018/460123456789012345?utm=x&99=a&99=b&linkType=gs1:pip&8&=&99", "e.ru", "8018", ""},
		{"https://e.ru/8018/460123456789012345?utm=x&99=a&99=b#top", "e.ru", "8018", "(8018)460123456789012345(99)b"},
		{"https://e.ru/8018/460123456789012345?99=a%2Bb;98=c", "e.ru", "8018", "(8018)460123456789012345(99)a+b(98)c"},
		{"https://e.ru/%38018/460123456789012345", "e.ru", "", ""},
	}
	for _, tt := range tests {
		l, err := ParseLink(tt.in)
		if tt.want == "" {
			if err == nil {
				t.Errorf("ParseLink(%q) = %s; want an error", tt.in, render(l.Elements))
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseLink(%q): %v", tt.in, err)
		} else if l.Host != tt.host || l.Key != tt.key || render(l.Elements) != tt.want {
			t.Errorf("ParseLink(%q) = %s %s %s; want %s %s %s", tt.in, l.Host, l.Key, render(l.Elements), tt.host, tt.key, tt.want)
		}
	}
}

func TestParseLinkErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "gs1: byte 0: no http or https address"},
		{"ftp://example.ru/01/04601234567893", "gs1: byte 0: no http or https address"},
		{"https:///01/04601234567893", "gs1: byte 0: no valid address"},
		{"https://example.ru/%zz", "gs1: byte 0: no valid address"},
		{"https://example.ru", "gs1: byte 18: no primary key in the path"},
		{"https://example.ru/", "gs1: byte 18: no primary key in the path"},
		{"https://example.ru/card/12345", "gs1: byte 18: no primary key in the path"},
		{"https://example.ru/8019/12", "gs1: byte 18: no primary key in the path"},
		{"https://example.ru/8018/460123456789012346", "gs1: byte 24: AI (8018): wrong check digit"},
		{"https://example.ru/8018/46012345678901234/", "gs1: byte 24: AI (8018): too short: 17 characters, must have 18"},
		{"https://example.ru/8018/460123456789012345/10/A", "gs1: byte 43: AI (10): does not qualify AI (8018) here"},
		{"https://example.ru/01/04601234567893/21/S/10/L", "gs1: byte 42: AI (10): does not qualify AI (01) here"},
		{"https://example.ru/01/04601234567893/8018/460123456789012345", "gs1: byte 19: AI (01): a second primary key"},
		{"https://example.ru/01/04601234567893?8018=460123456789012345", "gs1: byte 37: AI (8018): a second primary key"},
		{"https://example.ru/8018/460123456789012345?99=%zz", "gs1: byte 43: AI (99): wrong percent escape"},
		{"https://example.ru/8018/460123456789012345?17=25", "gs1: byte 43: AI (17): too short: 2 characters, must have 6"},
		{"https://example.ru/01/4601234567890", "gs1: byte 22: AI (01): too short: 13 characters, must have 14"},
	}
	for _, tt := range tests {
		l, err := ParseLink(tt.in)
		var ge *Error
		if !errors.As(err, &ge) || err.Error() != tt.want || l.Elements != nil {
			t.Errorf("ParseLink(%q) = %+v\n got %v\nwant %s", tt.in, l, err, tt.want)
		}
	}
}

// Every primary key with every qualifier it may have.
func TestLinkKeys(t *testing.T) {
	for key, order := range qualifiers {
		value := ""
		for _, p := range formats[key] {
			value += sample(p, max(p.min, 1))
		}
		link := "https://example.ru/p/" + key + "/" + value
		for _, q := range order {
			if q == "235" {
				continue // in place of serial and lot
			}
			link += "/" + q + "/" + sample(formats[q][0], max(formats[q][0].min, 1))
		}
		l, err := ParseLink(link)
		if err != nil || l.Key != key {
			t.Errorf("ParseLink(%q) = %s, %v", link, l.Key, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, s := range []string{
		"https://id.gs1.org/8018/460123456789012345?99=ABC", "https://example.ru/8018/460123456789012345/8019/7",
		"https://example.ru/some/prefix/8003/09501101530003A%2F1", "http://e.ru/01/04601234567893/10/LOT/21/SER?17=251231",
		"https://e.ru/8018/460123456789012345?utm=x&99=a&99=b#top", "https://e.ru/01/04601234567893/8018/460123456789012345",
		"https://club.example.ru/c/12345678?utm_source=qr", "HTTPS://E.RU/01/96385074",
		"http://0/000 000000/8003/0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLink(s)
		if err != nil {
			var ge *Error
			if !errors.As(err, &ge) || ge.Pos < 0 || ge.Pos > len(s) || l.Elements != nil {
				t.Fatalf("ParseLink(%q) = %+v, %v", s, l, err)
			}
			return
		}
		if len(l.Elements) == 0 || l.Elements[0].AI != l.Key || l.Host != strings.ToLower(l.Host) {
			t.Fatalf("ParseLink(%q) = %+v", s, l)
		}
		primary := 0
		for _, e := range l.Elements {
			if _, ok := qualifiers[e.AI]; ok {
				primary++
			}
			if reason := formatOf(e.AI).check(e.Value); reason != "" {
				t.Fatalf("ParseLink(%q): (%s): %s", s, e.AI, reason)
			}
		}
		if primary != 1 {
			t.Fatalf("ParseLink(%q): %d primary keys", s, primary)
		}
		if g, ok := l.Elements.Get("01"); ok && (len(g) != 14 || !Valid(g)) {
			t.Fatalf("ParseLink(%q): GTIN %q", s, g)
		}
	})
}

package card

import "testing"

func TestNormalisePhone(t *testing.T) {
	const want = "+79991234567"
	for _, s := range []string{
		"+79991234567", "79991234567", "89991234567", "9991234567", "+7 (999) 123-45-67", "8 999 123 45 67",
		"8(999)1234567", " 8-999-123-45-67 ", "+7.999.123.45.67", "8\u00a0999\u00a0123–45–67", "tel:+79991234567",
		"TEL: 8 999 123 45 67", "+7\u202f999\u2009123\u201145\u201167",
	} {
		for _, country := range []string{"RU", "KZ", ""} {
			if got, ok := NormalisePhone(s, country); !ok || got != want {
				t.Errorf("NormalisePhone(%q, %q) = %q, %v", s, country, string(got), ok)
			}
		}
	}
	tests := []struct{ in, country, want string }{
		{"84951234567", "RU", "+74951234567"},
		{"8 800 555 35 35", "RU", "+78005553535"},
		{"8005553535", "RU", "+78005553535"},
		{"+7 701 123 45 67", "KZ", "+77011234567"},
		{"7011234567", "KZ", "+77011234567"},
		{"+375 29 123-45-67", "RU", "+375291234567"},
		{"+49 30 1234567", "none", "+49301234567"},
		{"+12025550123", "RU", "+12025550123"},
		{"+123456789012345", "RU", "+123456789012345"},
		{"+12345678", "RU", "+12345678"},
		{"+79991234567", "none", "+79991234567"},

		{"89991234567", "none", ""},
		{"9991234567", "none", ""},
		{"", "RU", ""},
		{"+", "RU", ""},
		{"tel:", "RU", ""},
		{"999123456", "RU", ""},         // nine digits
		{"99912345678", "RU", ""},       // eleven, but neither 7 nor 8 in front
		{"899912345678", "RU", ""},      // twelve
		{"80991234567", "RU", ""},       // no area code begins with 0
		{"1991234567", "RU", ""},        // nor with 1
		{"375291234567", "RU", ""},      // foreign without +
		{"+7999123456", "RU", ""},       // +7 with nine
		{"+799912345678", "RU", ""},     // +7 with eleven
		{"+70991234567", "RU", ""},      //
		{"+1234567", "RU", ""},          // seven digits
		{"+1234567890123456", "RU", ""}, // sixteen
		{"+0123456789", "RU", ""},
		{"++79991234567", "RU", ""},
		{"7+9991234567", "RU", ""},
		{"8999123456a", "RU", ""},
		{"8999123456７", "RU", ""},
		{"89991234567,1", "RU", ""},
		{"8 999 123 45 67 / 8 999 123 45 68", "RU", ""},
		{"8\n9991234567", "RU", ""},
		{"8                                                                    9991234567", "RU", ""},
	}
	for _, tt := range tests {
		if got, ok := NormalisePhone(tt.in, tt.country); string(got) != tt.want || ok != (tt.want != "") {
			t.Errorf("NormalisePhone(%q, %q) = %q, %v; want %q", tt.in, tt.country, string(got), ok, tt.want)
		}
	}
}

func FuzzNormalisePhone(f *testing.F) {
	for _, s := range []string{"+7 (999) 123-45-67", "8 999 123 45 67", "9991234567", "+49301234567", "tel:+7", "\u00a08"} {
		f.Add(s, "RU")
		f.Add(s, "none")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		p, ok := NormalisePhone(s, country)
		if !ok {
			if p != "" {
				t.Fatalf("%q: refused, yet %q", s, string(p))
			}
			return
		}
		if len(p) < 9 || len(p) > 16 || p[0] != '+' || !allDigits(string(p[1:])) || p[1] == '0' {
			t.Fatalf("%q became %q", s, string(p))
		}
		if again, ok := NormalisePhone(string(p), country); !ok || again != p {
			t.Fatalf("%q became %q, then %q", s, string(p), string(again))
		}
	})
}

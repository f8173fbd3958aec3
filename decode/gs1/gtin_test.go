package gs1

import "testing"

func TestCheckDigit(t *testing.T) {
	for digits, want := range map[string]byte{
		"46012345678901234": '5', "950110153000": '3', "460123456789": '3', "30603020922": '3', "9638507": '4', "0": '0',
	} {
		if got, ok := CheckDigit(digits); !ok || got != want {
			t.Errorf("CheckDigit(%q) = %c, %v; want %c", digits, got, ok, want)
		}
		if !Valid(digits + string(want)) {
			t.Errorf("Valid(%q) = false", digits+string(want))
		}
		if Valid(digits + string('0'+(want-'0'+1)%10)) {
			t.Errorf("%q is valid with a wrong digit", digits)
		}
	}
	for _, s := range []string{"", "12a4", "１２", " 1", "-1"} {
		if _, ok := CheckDigit(s); ok {
			t.Errorf("CheckDigit(%q) = ok", s)
		}
	}
	for _, s := range []string{"", "0", "7"} {
		if Valid(s) {
			t.Errorf("Valid(%q)", s)
		}
	}
}

func TestGTIN14(t *testing.T) {
	for in, want := range map[string]string{
		"96385074": "00000096385074", "306030209223": "00306030209223", "4601234567893": "04601234567893",
		"14601234567890": "14601234567890", "4601234567890": "", "460123456789": "", "46012345678": "", "": "",
		"146012345678900": "", "460123456789x": "",
	} {
		if got, ok := GTIN14(in); got != want || ok != (want != "") {
			t.Errorf("GTIN14(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

// One of each rule of expansion, and the labels that people photograph.
func TestExpandUPCE(t *testing.T) {
	for in, want := range map[string]string{
		"04252614": "042100005264", // ends in 1
		"01234505": "012000003455", // 0
		"01234523": "012200003453", // 2
		"01234531": "012300000451", // 3
		"01234543": "012340000053", // 4
		"01234558": "012345000058", // 5
		"01234565": "012345000065", // 6
		"01234572": "012345000072", // 7
		"01234589": "012345000089", // 8
		"01234596": "012345000096", // 9
		"12345670": "123456000070", // number system 1
	} {
		got, ok := ExpandUPCE(in)
		if !ok || got != want {
			t.Errorf("ExpandUPCE(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "0425261", "04252615", "24252614", "0425261x", "042526140", "0a252614"} {
		if got, ok := ExpandUPCE(in); ok {
			t.Errorf("ExpandUPCE(%q) = %q; want none", in, got)
		}
	}
}

package decode_test

import (
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
)

// show decodes codes by the [[card]] sections of a configuration.
func show(config string, codes ...string) {
	var file struct {
		Card []card.Config `toml:"card"`
	}
	if err := toml.Unmarshal([]byte(config), &file); err != nil {
		fmt.Println(err)
		return
	}
	cfg := decode.Defaults()
	cfg.Cards = file.Card
	d, err := decode.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, code := range codes {
		c := d.Decode(driver.Scan{Data: []byte(code)})
		switch c.Kind {
		case decode.Card:
			fmt.Printf("%s: card %s\n", c.Scheme, string(c.Card))
		case decode.Phone:
			fmt.Printf("%s: phone %s\n", c.Scheme, string(c.Phone))
		case decode.Product:
			fmt.Printf("product %s\n", c.GTIN)
		default:
			fmt.Printf("%s %s\n", c.Kind, c.Text)
		}
	}
}

func ExampleDecoder() {
	cfg := decode.Defaults()
	cfg.Cards = []card.Config{{Name: "plastic", Kind: card.EAN13, Prefixes: []string{"29"}}}
	d, err := decode.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	repeats := cfg.Repeats()
	for _, data := range []string{"]E02900000000018", "]E02900000000018", "]E04601234567893", "]Q1Привет\x07"} {
		c := repeats.Mark(d.Decode(driver.Scan{Device: "serial:/dev/ttyS0", Data: []byte(data)}))
		// A card prints masked: %s is fit for a log.
		fmt.Printf("%s, %s: card %s, GTIN %q, again %v, text %s\n", c.Symbology, c.Kind, c.Card, c.GTIN, c.Again, c.Text)
	}
	// Output:
	// EAN-13, card: card …18, GTIN "", again false, text 2900000000018
	// EAN-13, card: card …18, GTIN "", again true, text 2900000000018
	// EAN-13, product: card , GTIN "04601234567893", again false, text 4601234567893
	// QR Code, unknown: card , GTIN "", again false, text Привет␇
}

func ExampleDecoder_ean13() {
	show(`
[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29", "2112"]
strip_check_digit = true
`, "2900000000018", "4601234567893", "2900000000019")
	// Output:
	// plastic: card 290000000001
	// product 04601234567893
	// unknown 2900000000019
}

func ExampleDecoder_digits() {
	show(`
[[card]]
name = "bank"
kind = "digits"
lengths = [16]
check = "luhn"

[[card]]
name = "old"
kind = "digits"
min_length = 9
max_length = 12
prefixes = ["77"]
`, "4539578763621486", "4539578763621487", "7700000001")
	// Output:
	// bank: card 4539578763621486
	// unknown 4539578763621487
	// old: card 7700000001
}

func ExampleDecoder_pattern() {
	show(`
[[card]]
name = "app"
kind = "pattern"
pattern = 'CLUB-([0-9A-Za-z]{8})'
case = "upper"
`, "CLUB-00ab12cd", "my CLUB-00ab12cd")
	// Output:
	// app: card 00AB12CD
	// unknown my CLUB-00ab12cd
}

func ExampleDecoder_url() {
	show(`
[[card]]
name = "wallet"
kind = "url"
hosts = ["club.example.ru", "www.club.example.ru"]
path_segment = -1

[[card]]
name = "letter"
kind = "url"
hosts = ["shop.example.ru"]
query = "card"
`, "https://club.example.ru/c/12345678?utm_source=pass", "https://shop.example.ru/?card=12345678", "https://club.example.ru@evil.example/1")
	// Output:
	// wallet: card 12345678
	// letter: card 12345678
	// unknown https://club.example.ru@evil.example/1
}

func ExampleDecoder_gs1() {
	show(`
[[card]]
name = "gsrn"
kind = "gs1"
ai = "8018"

[[card]]
name = "grai"
kind = "gs1"
ai = "8003"
part = "serial"
`, "]C18018460123456789012345", "]Q380030950110153000312345ABC", "8018460123456789012345")
	// Output:
	// gsrn: card 460123456789012345
	// grai: card 12345ABC
	// unknown 8018460123456789012345
}

func ExampleDecoder_digitalLink() {
	show(`
[[card]]
name = "gsrn"
kind = "digital_link"
ai = "8018"
`, "https://id.gs1.org/8018/460123456789012345?99=ABC", "https://id.gs1.org/01/04601234567893")
	// Output:
	// gsrn: card 460123456789012345
	// product 04601234567893
}

func ExampleDecoder_phone() {
	show(`
[[card]]
name = "phone"
kind = "phone"
symbologies = ["QR Code"]
`, "]Q1tel:8 (999) 123-45-67", "]C089991234567")
	// Output:
	// phone: phone +79991234567
	// unknown 89991234567
}

func ExampleNew_mistakes() {
	_, err := decode.New(decode.Config{
		Country: "DE",
		Cards:   []card.Config{{Name: "plastic", Kind: "ean"}, {Name: "app", Kind: card.Pattern, Pattern: "CLUB-[0-9]+"}},
	})
	fmt.Println(err)
	var m *card.Mistake
	fmt.Println(errors.As(err, &m) && m.Index == 0 && m.Key == "kind")
	// Output:
	// card scheme "plastic": kind = "ean": unknown; use one of: ean13, digits, pattern, url, gs1, digital_link, phone, rotating
	// card scheme "app": pattern = "CLUB-[0-9]+": has 0 capture groups, must have exactly one; put the identity in ( ) and use (?: ) for any other brackets
	// country: "DE" is not known; use one of RU, KZ, none
	// true
}

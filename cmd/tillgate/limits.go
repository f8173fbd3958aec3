package main

import (
	"fmt"
	"time"

	"golang.org/x/text/currency"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/ui/checkout"
)

// OfflineConfig says what a customer may spend while the provider can not be
// asked. Sums are in whole units of the currency.
type OfflineConfig struct {
	Spending   string `toml:"spending"`
	TillDay    int64  `toml:"per_till_day"`
	Operation  int64  `toml:"per_operation"`
	CardDay    int64  `toml:"per_card_day"`
	Share      int    `toml:"max_share_percent"`
	Age        int    `toml:"balance_minutes"`
	PINAbove   int64  `toml:"pin_above"`
	PIN        Secret `toml:"pin"`
	PerReceipt int64  `toml:"per_receipt"`
	Tills      int64  `toml:"tills"`
}

// The ways of spending offline.
const (
	spendNever   = "never"
	spendLimited = "limited"
)

// mostOffline bounds what a mistyped limit may come to.
const mostOffline = 100_000_000

func (o OfflineConfig) check(ck *checker) {
	switch o.Spending {
	case spendNever, spendLimited:
	default:
		ck.wrong("offline.spending", `%q: "never" or "limited"`, o.Spending)
	}
	for _, l := range []struct {
		key string
		n   int64
	}{{"per_till_day", o.TillDay}, {"per_operation", o.Operation}, {"per_card_day", o.CardDay}, {"pin_above", o.PINAbove}, {"per_receipt", o.PerReceipt}} {
		if l.n < 0 || l.n > mostOffline {
			ck.wrong("offline."+l.key, "%d: 0 to %d whole units of the currency", l.n, mostOffline)
		}
	}
	if o.Spending == spendLimited && o.TillDay == 0 {
		ck.wrong("offline.per_till_day", "missing: without it nobody can say how much can be lost")
	}
	if o.Share < 0 || o.Share > 100 {
		ck.wrong("offline.max_share_percent", "%d: 0 to 100 percent", o.Share)
	}
	if o.Age < 1 || o.Age > 30*24*60 {
		ck.wrong("offline.balance_minutes", "%d: 1 to 43200 minutes", o.Age)
	}
	if o.Tills < 1 || o.Tills > 1_000_000 {
		ck.wrong("offline.tills", "%d: how many tills the chain has, 1 to 1000000", o.Tills)
	}
	switch {
	case o.PIN == "" && o.PINAbove > 0:
		ck.wrong("offline.pin", "missing: pin_above asks for a PIN, and nobody has said which: %v", errSecretForm)
	case o.PIN != "" && o.PIN.String() == "(hidden)":
		ck.wrong("offline.pin", "%v", errSecretForm)
	}
}

// minor is how many minor units a whole unit of the currency has.
func minor(code string) loyalty.Money {
	n := loyalty.Money(1)
	digits := 2
	if unit, err := currency.ParseISO(code); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	for range digits {
		n *= 10
	}
	return n
}

// policy is what the desk decides by.
func (o OfflineConfig) policy(code string) checkout.Policy {
	if o.Spending != spendLimited {
		return checkout.NeverOffline
	}
	unit := minor(code)
	return checkout.Limits{
		Operation: loyalty.Money(o.Operation) * unit, CardDay: loyalty.Money(o.CardDay) * unit, TillDay: loyalty.Money(o.TillDay) * unit,
		Age: time.Duration(o.Age) * time.Minute, Share: o.Share * 100,
	}.Policy
}

// supervisor is who allows more than a sum; nil if nobody is asked.
func (o OfflineConfig) supervisor(code string) (*checkout.Supervisor, error) {
	if o.Spending != spendLimited || o.PIN == "" {
		return nil, nil
	}
	hash, err := o.PIN.Read()
	if err != nil {
		return nil, err
	}
	pin, err := checkout.ParsePIN(hash)
	if err != nil {
		return nil, err
	}
	return &checkout.Supervisor{PIN: pin, Above: loyalty.Money(o.PINAbove) * minor(code)}, nil
}

// holdHours is how long our central API holds points for a receipt that is not
// paid.
const holdHours = 72

// loss says in words how much can be lost at most. What can be lost is what was
// given on a till's own word and is refused when the link is back: each till
// counts its own, because tills without a link know nothing of each other.
func (o OfflineConfig) loss(code string, p loyalty.Provider) []string {
	return append(o.alone(code), o.expired(code, p))
}

// lossADay is the most that can be lost in a day of what this till gives on its own
// word.
func (o OfflineConfig) lossADay(code string) loyalty.Money {
	if o.Spending != spendLimited {
		return 0
	}
	return loyalty.Money(o.TillDay) * minor(code)
}

// alone is about what a till gives on its own word.
func (o OfflineConfig) alone(code string) []string {
	if o.Spending != spendLimited {
		return []string{"points are not spent without the programme's word: nothing can be lost so"}
	}
	lines := []string{fmt.Sprintf("points are spent without the programme's word: at most %d %s a day can be lost at this till", o.TillDay, code)}
	if o.Tills > 1 {
		lines = append(lines, fmt.Sprintf("and at most %d %s a day at all %d tills of the chain, if each has the same limits", o.TillDay*o.Tills, code, o.Tills))
	}
	per := o.TillDay
	if o.CardDay > 0 {
		per = min(per, o.CardDay)
	}
	return append(lines, fmt.Sprintf("one customer can spend at most %d %s a day at each till", per, code))
}

// expired is about points that the programme held, and holds no more when it hears
// that the receipt was paid. A till has one receipt in hand at a time, and no other
// is held before the link is back: so it is one for each time that the link is down
// for so long. An outage that is shorter costs nothing.
func (o OfflineConfig) expired(code string, p loyalty.Provider) string {
	holds := "the programme"
	switch p.(type) {
	case *central.Client:
		holds = fmt.Sprintf("the central API (ours: %d hours)", holdHours)
	case *maxma.Client:
		holds = "MAXMA (it does not say how long)"
	case *amocrm.Client:
		return "amoCRM takes points at once: there is nothing held whose time could run out"
	}
	when := "if the link breaks between the programme's word and the payment, and stays down for longer than points are held by " + holds
	if o.PerReceipt == 0 {
		return when + ": the discount of that one receipt at each till, which nothing limits: per_receipt would"
	}
	text := fmt.Sprintf("%s: at most %d %s in points at this till, once in such an outage", when, o.PerReceipt, code)
	if o.Tills > 1 {
		text += fmt.Sprintf(", and %d %s at all %d tills", o.PerReceipt*o.Tills, code, o.Tills)
	}
	if _, is := p.(loyalty.GiftCards); is {
		text += "; what promo codes and gift cards paid of these receipts comes on top"
	}
	return text
}

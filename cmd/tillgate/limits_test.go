package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/ui/checkout"
)

const limitedConfig = `[offline]
spending = "limited"
per_till_day = 3000
per_operation = 300
per_card_day = 500
balance_minutes = 60
tills = 50
[[scanner.serial]]`

func TestOfflineConfig(t *testing.T) {
	cfg, err := ParseConfig("t.toml", []byte(strings.Replace(good, "[[scanner.serial]]", limitedConfig, 1)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	wish := checkout.Wish{Spendable: 10_000, AsOf: now, Now: now, Total: 1_000_000, Terms: loyalty.Terms{PointValue: 100}}
	if most, why := cfg.Offline.policy("RUB")(wish); most != 300 || why != checkout.LimitOperation {
		t.Errorf("%d, %s", most, why)
	}
	if most, _ := cfg.Offline.policy("JPY")(wish); most != 3 {
		t.Errorf("%d of a currency without minor units", most)
	}
	for _, c := range []struct {
		p          loyalty.Provider
		perReceipt int64
		want       []string
	}{
		{&central.Client{}, 0, []string{"72 hours", "which nothing limits"}},
		{&central.Client{}, 2000, []string{"72 hours", "at most 2000 RUB in points at this till, once in such an outage, and 100000 RUB at all 50 tills"}},
		{&maxma.Client{}, 2000, []string{"MAXMA", "100000 RUB at all 50 tills", "gift cards paid of these receipts comes on top"}},
		{&amocrm.Client{}, 2000, []string{"nothing held"}},
	} {
		o := cfg.Offline
		o.PerReceipt = c.perReceipt
		line := o.expired("RUB", c.p)
		for _, want := range c.want {
			if !strings.Contains(line, want) {
				t.Errorf("%T: %q is not in %q", c.p, want, line)
			}
		}
	}
	loss := strings.Join(cfg.Offline.loss("RUB", &central.Client{}), "\n")
	for _, want := range []string{"at most 3000 RUB a day can be lost at this till", "at most 150000 RUB a day at all 50 tills", "at most 500 RUB a day at each till"} {
		if !strings.Contains(loss, want) {
			t.Errorf("%q is not said:\n%s", want, loss)
		}
	}
	never, err := ParseConfig("t.toml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if most, why := never.Offline.policy("RUB")(wish); most != 0 || why != loyalty.Offline {
		t.Errorf("by default %d, %s", most, why)
	}
	if s := never.Offline.alone("RUB"); len(s) != 1 || !strings.Contains(s[0], "nothing can be lost") {
		t.Errorf("by default: %s", s)
	}
}

func TestMoneyForPeople(t *testing.T) {
	for _, c := range []struct {
		m        loyalty.Money
		currency string
		want     string
	}{{45_005, "RUB", "450.05 RUB"}, {7, "RUB", "0.07 RUB"}, {450, "JPY", "450 JPY"}, {1234, "KWD", "1.234 KWD"}} {
		if got := inMoney(c.m, c.currency); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

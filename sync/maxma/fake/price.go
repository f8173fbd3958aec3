package fake

import (
	"encoding/json"
	"strings"
	"time"
)

// query is what a purchase is priced by.
type query struct {
	Client     *who                  `json:"client"`
	Shop       struct{ Code string } `json:"shop"`
	ExecutedAt time.Time             `json:"executedAt"`
	Rows       []row                 `json:"rows"`
	Apply      json.RawMessage       `json:"applyBonuses"`
	Promocode  string                `json:"promocode"`
	GiftCards  []string              `json:"giftCards"`
}

type row struct {
	ID      string `json:"id"`
	Product struct {
		SKU        string      `json:"sku"`
		BlackPrice json.Number `json:"blackPrice"`
	} `json:"product"`
	Qty            json.Number `json:"qty"`
	AutoDiscount   json.Number `json:"autoDiscount"`
	ManualDiscount json.Number `json:"manualDiscount"`
	NoApply        bool        `json:"noApplyBonuses"`
	NoCollect      bool        `json:"noCollectBonuses"`
	NoPromocode    bool        `json:"noPromocode"`
}

// promo is a promo code: what it takes off, or the error it comes to.
type promo struct {
	off int64
	no  no
}

type gift struct {
	balance int64
	status  string
	no      no
}

// priced is a basket with what the programme makes of it, in kopecks.
type priced struct {
	rows         int
	auto         int64
	total        int64 // after the POS's own discounts
	most         int64
	apply, worth int64
	over         bool // more points were asked for than may be
	collect      int64
	promo        *promo
	promoOff     int64
	gifts        []string
	giftUse      []int64
	sold         map[string]int64 // sku → thousandths
}

// AddPromo adds a promo code that takes kopecks off, or comes to an error.
func (s *Server) AddPromo(code string, off int64, failing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.promos[code] = promo{off, no(failing)}
}

// AddGift adds a gift card with a balance in kopecks, or one that comes to an error.
func (s *Server) AddGift(code string, balance int64, status string, failing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gifts[code] = &gift{balance, status, no(failing)}
}

// price computes. free is how many points the client may spend.
func (s *Server) price(q query, free int64) (b priced, e no) {
	if len(q.Rows) == 0 {
		return b, 18
	}
	if q.Shop.Code == "" {
		return b, 5
	}
	b.rows, b.sold = len(q.Rows), map[string]int64{}
	var pay, earn, code int64 // what points pay for, are earned on, a promo code is for
	for _, r := range q.Rows {
		qty, ok1 := scaled(r.Qty, 3)
		each, ok2 := scaled(r.Product.BlackPrice, 2)
		auto, ok3 := scaled(r.AutoDiscount, 2)
		manual, ok4 := scaled(r.ManualDiscount, 2)
		sum := (qty*each+500)/1000 - auto - manual
		if !ok1 || !ok2 || !ok3 || !ok4 || qty <= 0 || sum < 0 || r.Product.SKU == "" {
			return b, 2
		}
		b.auto += auto + manual
		b.total += sum
		b.sold[r.Product.SKU] += qty
		if !r.NoApply {
			pay += sum
		}
		if !r.NoCollect {
			earn += sum
		}
		if !r.NoPromocode {
			code += sum
		}
	}
	if q.Promocode != "" {
		p, ok := s.promos[q.Promocode]
		if !ok {
			p.no = 33
		}
		b.promo = &p
		if p.no == 0 {
			b.promoOff = min(p.off, code)
		}
	}
	if q.Client != nil {
		b.most = max(0, min(free, pay*s.o.MaxShare/10_000/s.o.PointValue))
		want := int64(0)
		switch text := strings.Trim(string(q.Apply), `"`); text {
		case "", "null":
		case "auto":
			want = b.most
		default:
			var ok bool
			if want, ok = scaled(json.Number(text), 0); !ok || want < 0 {
				return b, 2
			}
		}
		if b.over = want > b.most; !b.over {
			b.apply, b.worth = want, want*s.o.PointValue
		}
		b.collect = max(0, earn-b.worth-b.promoOff) * s.o.EarnShare / 10_000 / s.o.PointValue
	}
	left := b.total - b.worth - b.promoOff
	for _, g := range q.GiftCards {
		use := int64(0)
		if c := s.gifts[g]; c != nil && c.no == 0 && c.status == "ACTIVE" {
			use = min(c.balance, left)
			left -= use
		}
		b.gifts, b.giftUse = append(b.gifts, g), append(b.giftUse, use)
	}
	return b, 0
}

func (b priced) prepaid() (sum int64) {
	for _, n := range b.giftUse {
		sum += n
	}
	return sum
}

// result is the calculationResult.
func (s *Server) result(b priced) object {
	discounts := object{"auto": s.money(b.auto), "manual": s.money(0), "bonuses": s.money(b.worth), "promocode": s.money(b.promoOff),
		"offer": s.money(0), "rounding": s.money(0)}
	bonuses := object{"applied": s.points(b.apply), "collected": s.points(b.collect), "maxToApply": s.points(b.most)}
	if b.over {
		bonuses["error"] = object{"code": 6, "description": "Incorrect bonus amount"}
	}
	a := object{
		"summary": object{"totalDiscount": s.money(b.auto + b.worth + b.promoOff), "discounts": discounts, "prepaidAmount": s.money(b.prepaid())},
		"bonuses": bonuses,
	}
	if b.promo != nil {
		p := object{"applied": b.promo.no == 0}
		if b.promo.no > 0 {
			p["error"] = object{"code": int(b.promo.no), "description": "promo code"}
		}
		a["promocode"] = p
	}
	var gifts []object
	for i, g := range b.gifts {
		x := object{"code": g, "usedAmount": s.money(b.giftUse[i])}
		switch c := s.gifts[g]; {
		case c == nil:
			x["error"] = object{"code": 40}
		case c.no > 0:
			x["error"] = object{"code": int(c.no)}
		case c.status != "ACTIVE":
			x["error"] = object{"code": 42}
		case b.giftUse[i] == 0 && c.balance == 0:
			x["error"] = object{"code": 45}
		}
		gifts = append(gifts, x)
	}
	if gifts != nil {
		a["giftCards"] = gifts
	}
	return a
}

func (s *Server) calculatePurchase(body []byte) (object, no) {
	var ask struct {
		Query query `json:"calculationQuery"`
	}
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	free := int64(0)
	if ask.Query.Client != nil {
		p, e := s.client(*ask.Query.Client)
		if e > 0 {
			return nil, e
		}
		free = p.Bonuses
	}
	b, e := s.price(ask.Query, free)
	if e > 0 {
		return nil, e
	}
	return object{"calculationResult": s.result(b)}, 0
}

func (s *Server) getGiftCard(body []byte) (object, no) {
	var ask struct {
		Code string `json:"code"`
	}
	if e := parse(body, &ask); e > 0 {
		return nil, e
	}
	g := s.gifts[ask.Code]
	if g == nil {
		return nil, 40
	}
	return object{"giftCard": object{"number": ask.Code, "code": ask.Code, "initAmount": s.money(g.balance), "balance": s.money(g.balance), "status": g.status}}, 0
}

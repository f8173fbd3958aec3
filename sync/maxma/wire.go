package maxma

import (
	"encoding/json"
	"time"
)

// The objects of the API, with the members that a till sends or reads. Names
// are those of MAXMA's clients. Members that an answer must have are pointers.

// key names a client; one of its members is there.
type key struct {
	Phone      string `json:"phoneNumber,omitempty"`
	Card       string `json:"card,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
}

type shop struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type query struct {
	Client     *key      `json:"client,omitempty"`
	Shop       shop      `json:"shop"`
	Cashier    *shop     `json:"cashier,omitempty"` // code and name, as a shop has
	ExecutedAt time.Time `json:"executedAt,omitzero"`
	Rows       []row     `json:"rows"`
	Apply      int64     `json:"applyBonuses"`
	Collect    string    `json:"collectBonuses"` // "auto"
	Promocode  string    `json:"promocode,omitempty"`
	GiftCards  []string  `json:"giftCards,omitempty"`
}

type row struct {
	ID             string   `json:"id,omitempty"`
	Product        product  `json:"product"`
	Qty            quantity `json:"qty"`
	AutoDiscount   money    `json:"autoDiscount"`
	ManualDiscount money    `json:"manualDiscount"`
	NoApply        bool     `json:"noApplyBonuses,omitempty"`
	NoCollect      bool     `json:"noCollectBonuses,omitempty"`
	NoPromocode    bool     `json:"noPromocode,omitempty"`
	NoOffer        bool     `json:"noOffer,omitempty"`
}

type product struct {
	SKU        string `json:"sku"`
	Title      string `json:"title"`
	BlackPrice money  `json:"blackPrice"`
	MinPrice   money  `json:"minPrice"`
}

type wireError struct {
	Code whole `json:"code"`
}

type result struct {
	Summary *struct {
		TotalDiscount *money `json:"totalDiscount"`
		Discounts     struct {
			Auto      money `json:"auto"`
			Manual    money `json:"manual"`
			Bonuses   money `json:"bonuses"`
			Promocode money `json:"promocode"`
			Offer     money `json:"offer"`
			Rounding  money `json:"rounding"`
		} `json:"discounts"`
		Prepaid money `json:"prepaidAmount"`
	} `json:"summary"`
	Bonuses *struct {
		Applied    whole      `json:"applied"`
		Collected  whole      `json:"collected"`
		MaxToApply whole      `json:"maxToApply"`
		Error      *wireError `json:"error"`
	} `json:"bonuses"`
	Promocode *struct {
		Applied bool       `json:"applied"`
		Error   *wireError `json:"error"`
	} `json:"promocode"`
	Rows []struct {
		Discounts *struct {
			Promocode money `json:"promocode"`
			Offer     money `json:"offer"`
			Rounding  money `json:"rounding"`
		} `json:"discounts"`
	} `json:"rows"`
	GiftCards []struct {
		Code  string     `json:"code"`
		Used  money      `json:"usedAmount"`
		Error *wireError `json:"error"`
	} `json:"giftCards"`
}

type client struct {
	Phone      string `json:"phoneNumber"`
	CardString string `json:"cardString"` // the member card is an integer that loses leading zeros: it is not read
	ExternalID string `json:"externalId"`
	Surname    string `json:"surname"`
	Name       string `json:"name"`
	Patronymic string `json:"patronymicName"`
	FullName   string `json:"fullName"`
	Bonuses    *whole `json:"bonuses"`
	Pending    whole  `json:"pendingBonuses"`
}

type balance struct {
	Client  *client `json:"client"`
	Bonuses []struct {
		Amount   whole   `json:"amount"`
		ExpireAt instant `json:"expireAt"`
	} `json:"bonuses"`
	Level *struct {
		Name string `json:"name"`
	} `json:"level"`
	WalletsLink string `json:"walletsLink"`
}

type receiptLine struct {
	Type string `json:"type"`
	Text struct {
		Align string `json:"align"`
		Value string `json:"value"`
	} `json:"text"`
	Table struct {
		Left  string `json:"left"`
		Right string `json:"right"`
	} `json:"table"`
	Barcode struct {
		Type string `json:"type"`
		Data string `json:"data"`
	} `json:"barcode"`
}

type purchase struct {
	TxID        string `json:"txid"`
	TotalAmount money  `json:"totalAmount"`
	Discounts   struct {
		Bonuses money `json:"bonuses"`
	} `json:"discounts"`
	Bonuses struct {
		Applied   whole `json:"applied"`
		Collected whole `json:"collected"`
	} `json:"bonuses"`
}

type pagination struct {
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
}

// instant is a date-time of RFC 3339, or a date; zero if there is none.
type instant struct{ time.Time }

// UnmarshalJSON reads null and "" as no time.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if s == nil || *s == "" {
		return nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, *s); err == nil {
			i.Time = t
			return nil
		}
	}
	return &json.UnmarshalTypeError{Value: "string", Field: "a time"}
}

package main

import (
	"fmt"
	"time"
)

// pairCmd shows a pairing code.
type pairCmd struct {
	Data string `placeholder:"DIR" help:"The data folder of the running tillgate, instead of the configuration's."`
}

// pairingCode lets one POS page in.
type pairingCode struct {
	Code  string    `json:"code"`
	Until time.Time `json:"until"`
}

func (c pairCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var p pairingCode
	if err := control(e.ctx, dir, "POST", "/pair", nil, &p); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s\nGood for one POS page, until %s.\n", p.Code, p.Until.Local().Format(time.TimeOnly))
	return err
}

package main

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
)

// answered is what the programme said when it was asked for itself.
type answered struct {
	Name       string
	SecretErr  error // the key or token can not be read
	Err        error
	Time       time.Time // its clock, zero if it does not say
	Shop, Till string    // whom it takes this till for, "" if it does not say
	Script     string    // by which the system finds its proxy, and which is not run; "" if there is none
	Ends       time.Time // when the credentials end, zero if that is not known
}

// askProgramme asks the programme for itself. A daemon that runs does it, with the
// credentials and the proxy that it works with: both may be the service's alone.
func (c *Config) askProgramme(ctx context.Context, running bool) answered {
	p, err := c.provider(Secret.Read)
	var t toldAnswer
	if running && control(ctx, c.Till.DataDir, "GET", "/programme", nil, &t) == nil { // an older daemon does not say
		var at *atServiceError
		if errors.As(err, &at) || c.Provider == (ProviderConfig{}) {
			err = nil
		}
		return t.answered(err)
	}
	if err != nil {
		return answered{Name: c.Provider.String(), SecretErr: err}
	}
	return answerOf(ctx, c.Provider.String(), p)
}

// answerOf asks a programme for itself: nothing about a customer goes either way.
func answerOf(ctx context.Context, name string, p loyalty.Provider) answered {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	a := answered{Name: name, Script: relay.ProxyScript()}
	if d, ok := p.(loyalty.Dated); ok {
		a.Ends = d.CredentialsEnd()
	}
	switch p := p.(type) {
	case *central.Client:
		s, err := p.Status(ctx)
		a.Err, a.Time, a.Shop, a.Till = err, s.Time, s.Shop, s.Till
	case loyalty.Termed:
		_, a.Err = p.Programme(ctx)
	}
	return a
}

// toldAnswer is what the daemon tells of the programme's answer.
type toldAnswer struct {
	Name        string    `json:"name"`
	Err         string    `json:"err,omitempty"`
	Credentials bool      `json:"credentials,omitempty"` // Err is that they are not accepted
	Proxy       bool      `json:"proxy,omitempty"`       // Err is that the proxy wants a name and a password
	Certificate bool      `json:"certificate,omitempty"` // Err is that it is not valid at this machine's time
	Time        time.Time `json:"time,omitzero"`
	Shop        string    `json:"shop,omitempty"`
	Till        string    `json:"till,omitempty"`
	Script      string    `json:"script,omitempty"`
	Ends        time.Time `json:"ends,omitzero"`
}

func (a answered) told() toldAnswer {
	t := toldAnswer{Name: a.Name, Time: a.Time, Shop: a.Shop, Till: a.Till, Script: a.Script, Ends: a.Ends,
		Credentials: errors.Is(a.Err, loyalty.ErrCredentials), Proxy: errors.Is(a.Err, loyalty.ErrProxy), Certificate: relay.IsCertificate(a.Err)}
	if a.Err != nil {
		t.Err = a.Err.Error()
	}
	return t
}

func (t toldAnswer) answered(secret error) answered {
	a := answered{Name: t.Name, SecretErr: secret, Time: t.Time, Shop: t.Shop, Till: t.Till, Script: t.Script, Ends: t.Ends}
	switch {
	case t.Credentials:
		a.Err = &toldError{t.Err, loyalty.ErrCredentials}
	case t.Proxy:
		a.Err = &toldError{t.Err, loyalty.ErrProxy}
	case t.Certificate:
		a.Err = &toldError{t.Err, relay.ErrCertificate}
	case t.Err != "":
		a.Err = errors.New(t.Err)
	}
	return a
}

// toldError is an error of a known kind that the daemon has met.
type toldError struct {
	text string
	kind error
}

func (e *toldError) Error() string { return e.text }
func (e *toldError) Unwrap() error { return e.kind }

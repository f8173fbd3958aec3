package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tillgate/tillgate/sync/relay"
	"github.com/tillgate/tillgate/sync/seal"
)

// copyCmd shows the copy of the customers.
type copyCmd struct {
	JSON bool   `name:"json" help:"A JSON object."`
	Data string `placeholder:"DIR" help:"The data folder of the running tillgate, instead of the configuration's."`
}

// copyState is what is known of the copy of the customers.
type copyState struct {
	Customers int             `json:"customers"`
	AsOf      time.Time       `json:"as_of,omitzero"`    // of the last pull that succeeded
	Filling   *relay.Progress `json:"filling,omitempty"` // while a snapshot is taken
	Online    bool            `json:"online"`            // the programme answers
	Problem   string          `json:"problem,omitempty"` // what the last call met
	Rebuilt   string          `json:"rebuilt,omitempty"` // why it was made anew and is not filled yet
	Bytes     int64           `json:"bytes"`             // on the disk, with what is being built
	Key       seal.Holder     `json:"key"`               // who holds the till's key
}

func (c copyCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var s copyState
	if err := control(e.ctx, dir, "GET", "/copy", nil, &s); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(s)
	}
	return s.print(e.stdout)
}

func (s copyState) print(w io.Writer) error {
	state := "as of " + clockTime(s.AsOf)
	switch {
	case s.Filling != nil:
		state = fmt.Sprintf("being filled: %d of %d", s.Filling.Done, s.Filling.Of)
		if s.Filling.Of > 0 {
			state += fmt.Sprintf(" (%d %%)", 100*s.Filling.Done/s.Filling.Of)
		}
	case s.AsOf.IsZero():
		state = "not filled yet"
	}
	_, err := fmt.Fprintf(w, "customers  %d, %s\non disk    %d MB, sealed under a key held by %s\n", s.Customers, state, (s.Bytes+999_999)/1e6, s.Key)
	if err == nil && s.Rebuilt != "" {
		_, err = fmt.Fprintf(w, "made anew  %s\n", s.Rebuilt)
	}
	if err == nil && !s.Online {
		_, err = fmt.Fprintf(w, "offline    %s\n", s.Problem)
	}
	return err
}

// copyState is what the daemon says of the copy.
func (g *gateway) copyState() copyState {
	link := g.relay.Link()
	s := copyState{Customers: g.cache.Count(), AsOf: g.cache.AsOf(), Filling: link.Filling, Online: link.Online, Problem: link.Err, Rebuilt: g.cache.Rebuilt(), Key: g.holder}
	files, _ := filepath.Glob(filepath.Join(g.cfg.Till.DataDir, "cache.db*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			s.Bytes += info.Size()
		}
	}
	return s
}

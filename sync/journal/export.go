package journal

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/journal/sshsig"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Export says where and how closings are exported: a JSON file with everything,
// a CSV file with the same lines for a spreadsheet, and beside each its
// signature (FILE.sig). Customers are masked: an accountant settles receipts.
type Export struct {
	Dir       string
	Shop      string
	Till      string
	Currency  string // ISO 4217
	Digits    int    // of the minor unit, 0 to 3
	Semicolon bool   // fields apart by semicolons and decimal commas, as spreadsheets want it where commas are decimal

	// LossADay is the most that can be lost at this till in a day by the
	// configuration, to stand beside what was; 0 leaves it out.
	LossADay loyalty.Money
}

// SignaturePurpose is what signatures are made for (their "namespace").
const SignaturePurpose = "tillgate-journal"

const formatExport = "tillgate journal export 1"

// exported is the JSON file. Sums are in minor units.
type exported struct {
	Format   string       `json:"format"`
	Closing  uint64       `json:"closing"`
	Day      string       `json:"day"`
	ClosedAt time.Time    `json:"closed_at"`
	Shop     string       `json:"shop"`
	Till     string       `json:"till"`
	Currency string       `json:"currency"`
	Previous *previous    `json:"previous,omitempty"` // the closing before, if there is one
	Totals   exportTotals `json:"totals"`
	Lines    []exportLine `json:"operations"`
	// Waiting is what waited for a person when the day was closed.
	Waiting *standing     `json:"waiting,omitempty"`
	Limit   loyalty.Money `json:"loss_limit_a_day,omitempty"` // what can be refused at most of what a till gives in a day on its own word
}

type previous struct {
	Closing uint64 `json:"closing"`
	SHA256  string `json:"sha256"` // of its JSON file
}

type exportTotals struct {
	Operations   int            `json:"operations"`
	Spent        loyalty.Points `json:"points_spent"`    // booked with receipts
	Discount     loyalty.Money  `json:"discount"`        // what they paid
	Earned       loyalty.Points `json:"points_earned"`   // accrued
	Restored     loyalty.Points `json:"points_restored"` // given back in returns
	Cancelled    loyalty.Points `json:"points_cancelled"`
	Refused      int            `json:"refused"` // operations that were given to customers, then refused by the programme
	RefusedSpent loyalty.Points `json:"points_refused"`
	RefusedWorth loyalty.Money  `json:"discount_refused"` // what they had paid: the chain's loss, until a person decides otherwise
}

type exportLine struct {
	N         uint64         `json:"n"`
	At        time.Time      `json:"at"`
	Receipt   string         `json:"receipt,omitempty"`
	Kind      loyalty.Kind   `json:"operation"`
	State     State          `json:"state"`
	Customer  string         `json:"customer"`               // masked
	Total     loyalty.Money  `json:"total,omitempty"`        // of the receipt, on one line of it
	Spend     loyalty.Points `json:"points_spent,omitempty"` // booked
	Worth     loyalty.Money  `json:"discount,omitempty"`     // what they paid
	Refund    loyalty.Money  `json:"refund,omitempty"`
	Earned    loyalty.Points `json:"points_earned,omitempty"`
	Restored  loyalty.Points `json:"points_restored,omitempty"`
	Cancelled loyalty.Points `json:"points_cancelled,omitempty"`
	Asked     loyalty.Points `json:"points_asked,omitempty"` // of what was not carried out
	AskedFor  loyalty.Money  `json:"discount_asked,omitempty"`
	Reason    loyalty.Reason `json:"refusal,omitempty"`
	LostSpend loyalty.Points `json:"points_refused,omitempty"` // see Loss
	LostWorth loyalty.Money  `json:"discount_refused,omitempty"`
	Who       string         `json:"resolved_by,omitempty"`
	Why       string         `json:"resolved_why,omitempty"`
	Settled   time.Time      `json:"settled_at"`
	Attempts  int            `json:"attempts"`
	Key       loyalty.Key    `json:"key"`
}

// refused says that a customer was given what the programme refused.
func (l exportLine) refused() bool { return l.LostSpend != 0 || l.LostWorth != 0 }

// linesOf are entries as they are exported.
func linesOf(es []Entry) (ls []exportLine) {
	lost, paid := Losses(es), map[loyalty.Key]bool{}
	for _, e := range es {
		if e.Op.Kind == loyalty.Commit {
			paid[e.Op.Sale.Key] = true
		}
	}
	for _, e := range es {
		l := lineOf(e)
		l.LostSpend, l.LostWorth = lost[e.N].Points, lost[e.N].Worth
		if e.Op.Kind == loyalty.Commit || e.Op.Kind == loyalty.Reserve && l.State != Done && !paid[e.Op.Sale.Key] {
			l.Total = e.Op.Sale.Total
		}
		ls = append(ls, l)
	}
	return ls
}

// lineOf is an entry as it is exported. A sum stands on the line of the operation
// that booked it and on no other of its receipt, so that columns can be added up:
// a sale that spent points has two operations, and its returns know it too.
func lineOf(e Entry) exportLine {
	s := e.Op.Sale
	l := exportLine{N: e.N, At: e.Op.At, Receipt: s.Receipt, Kind: e.Op.Kind, State: e.State, Customer: card.Mask(string(s.Customer)),
		Settled: e.settledAt(), Attempts: e.Attempts, Key: e.Op.Key}
	var did loyalty.Outcome
	if e.State == Done && e.Outcome != nil {
		did = *e.Outcome
	}
	switch kind := e.Op.Kind; {
	case kind == loyalty.Commit && e.State == Done:
		l.Spend, l.Worth, l.Earned = cmp.Or(did.Spent, s.Spend), cmp.Or(did.Worth, s.Worth), did.Earned
	case (kind == loyalty.Commit || kind == loyalty.Reserve) && e.State != Done:
		l.Asked, l.AskedFor = s.Spend, s.Worth
	case kind == loyalty.Return || kind == loyalty.Revert:
		l.Restored, l.Cancelled = did.Restored, did.Cancelled
	}
	if e.Op.Refund != nil {
		l.Refund = e.Op.Refund.Amount
	}
	if e.Refusal != nil {
		l.Reason = e.Refusal.Reason
	}
	if e.Resolution != nil {
		l.Who, l.Why = e.Resolution.Who, e.Resolution.Why
	}
	return l
}

func (t *exportTotals) add(l exportLine) {
	t.Operations++
	switch {
	case l.State == Done && l.Kind == loyalty.Commit:
		t.Spent += l.Spend
		t.Discount += l.Worth
		t.Earned += l.Earned
	case l.State == Done:
		t.Restored += l.Restored
		t.Cancelled += l.Cancelled
	case l.refused():
		t.Refused++
		t.RefusedSpent += l.LostSpend
		t.RefusedWorth += l.LostWorth
	}
}

// exportDue writes the files of the closings that have none yet.
func (j *Journal) exportDue(a *archive, x Export) (did []Closing, err error) {
	cs, err := a.closings()
	if err != nil {
		return nil, err
	}
	var before *previous
	for _, c := range cs {
		if !c.Exported {
			if c.SHA256, err = j.export(a, x, c, before); err != nil {
				return did, err
			}
			c.Exported = true
			if err := a.update(func(tx *bbolt.Tx) error { return c.save(tx) }); err != nil {
				return did, err
			}
			did = append(did, c)
		}
		before = &previous{c.No, c.SHA256}
	}
	return did, nil
}

// export writes the files of one closing and returns the checksum of the JSON
// file. Done again it writes the same again.
func (j *Journal) export(a *archive, x Export, c Closing, before *previous) (sum string, err error) {
	es, err := a.entries(c.No)
	if err != nil {
		return "", err
	}
	key, err := j.signingKey()
	if err != nil {
		return "", err
	}
	all := exported{Format: formatExport, Closing: c.No, Day: c.Day, ClosedAt: c.At, Shop: x.Shop, Till: x.Till, Currency: x.Currency, Previous: before,
		Lines: linesOf(es), Waiting: c.Waiting, Limit: x.LossADay}
	for _, l := range all.Lines {
		all.Totals.add(l)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "", err
	}
	text = append(text, '\n')
	if err := os.MkdirAll(x.Dir, 0o700); err != nil {
		return "", err
	}
	table := x.table(all)
	for _, f := range []struct {
		name string
		b    []byte
	}{
		{publicKeyFile, []byte(sshsig.PublicLine(key.Public().(ed25519.PublicKey), x.signer()))},
		{x.name(c) + ".csv", table}, {x.name(c) + ".csv.sig", sshsig.Sign(key, SignaturePurpose, table)},
		{x.name(c) + ".json", text}, {x.name(c) + ".json.sig", sshsig.Sign(key, SignaturePurpose, text)},
	} {
		if err := logfile.Replace(j.o.fs, filepath.Join(x.Dir, f.name), f.b); err != nil {
			return "", err
		}
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:]), nil
}

// name is that of the files of a closing, without what follows the dot.
func (x Export) name(c Closing) string {
	return fmt.Sprintf("%s%06d_%s", x.prefix(), c.No, c.Day)
}

// prefix is how the names of all closings of a till begin.
func (x Export) prefix() string {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return r
			}
			return '_'
		}, s)
	}
	return fmt.Sprintf("journal_%s_%s_", plain(x.Shop), plain(x.Till))
}

func (x Export) remove(disk logfile.FS, c Closing) error {
	var errs []error
	for _, ext := range []string{".csv", ".csv.sig", ".json", ".json.sig"} {
		if err := disk.Remove(filepath.Join(x.Dir, x.name(c)+ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Files are those that a till of this configuration has exported into its folder,
// with the public key, whose line says whose it is. What else is there is somebody
// else's: another till's, or a person's.
func (x Export) Files() (files []string, err error) {
	all, err := os.ReadDir(x.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ours := regexp.MustCompile("^" + regexp.QuoteMeta(x.prefix()) + `[0-9]{6,}_[0-9]{4}-[0-9]{2}-[0-9]{2}\.(csv|json)(\.sig)?(\.new)?$`)
	for _, f := range all {
		path := filepath.Join(x.Dir, f.Name())
		is := ours.MatchString(f.Name())
		if base := strings.TrimSuffix(f.Name(), ".new"); base == publicKeyFile {
			line, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			is = bytes.HasSuffix(bytes.TrimSpace(line), []byte(" "+x.signer()))
		}
		if is && f.Type().IsRegular() {
			files = append(files, path)
		}
	}
	return files, nil
}

// publicKeyFile is what exports are checked with.
const publicKeyFile = "journal.pub"

// signer is what stands beside the public key, for people.
func (x Export) signer() string { return "tillgate " + x.Shop + "/" + x.Till }

// signingKey is the key that signs exports. It is the journal's own, made with
// it, and stays the same when the till's key changes.
func (j *Journal) signingKey() (ed25519.PrivateKey, error) {
	seed, err := j.key.Open(nil, j.head.Sign, placeSign)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, &DamagedError{j.path, errors.New("the signing key in its head")}
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// PublicKey is what signatures of exports are checked with.
func (j *Journal) PublicKey() (ed25519.PublicKey, error) {
	key, err := j.signingKey()
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

// ExportAgain writes the files of a closing that is in the archive once more,
// into a folder of the caller's choice; those of every closing if no is 0.
func (j *Journal) ExportAgain(no uint64, x Export) (did []Closing, err error) {
	a, err := j.archived()
	if err != nil {
		return nil, err
	}
	cs, err := a.closings()
	if err != nil {
		return nil, err
	}
	var before *previous
	for _, c := range cs {
		if c.Partial && c.No == no {
			return nil, fmt.Errorf("closing %d was in an archive that was damaged and put aside: the files of then are what there is of it", no)
		}
		if c.Exported && !c.Partial && (no == 0 || c.No == no) {
			if _, err := j.export(a, x, c, before); err != nil {
				return did, err
			}
			did = append(did, c)
		}
		before = &previous{c.No, c.SHA256}
	}
	return did, nil
}

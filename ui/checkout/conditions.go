package checkout

import (
	"cmp"
	"slices"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// conditionInfo declares a condition: once, here.
type conditionInfo struct {
	code     string
	severity Severity
	delay    time.Duration // how long it must last before it is shown: blips do not flash
	args     []string
	english  string
}

// The codes of the conditions.
const (
	Disk           = "disk"
	DiskLow        = "disk_low"
	JournalRefused = "journal_refused"
	Credentials    = "credentials"
	Proxy          = "proxy"
	Certificate    = "certificate"
	KeyEnds        = "key_ends"
	ScannerLost    = "scanner_lost"
	POSLost        = "pos_lost"
	OfflineSince   = "offline"
	CopyEmpty      = "copy_empty"
	CopyFilling    = "copy_filling"
	CopyOld        = "copy_old"
	Behind         = "programme_behind"
	ClockJumped    = "clock_jumped"
	Archive        = "archive"
	CacheRebuilt   = "cache_rebuilt"
	DraftsRefused  = "drafts_refused"
)

// conditions are in the order in which they are shown within one severity.
var conditions = []conditionInfo{
	{Disk, Trouble, 0, []string{"reason"}, "Nothing can be written to the data folder, for the reason given, so no points are spent or earned; selling goes on."},
	{JournalRefused, Trouble, 0, []string{"count"}, "The central API refused what a customer was promised, or nobody but a person can find out what it did: somebody must act (see the journal)."},
	{Credentials, Trouble, 0, []string{"detail"}, "The central API does not accept this till's key: call support."},
	{Proxy, Trouble, 0, nil, "The network's proxy wants a name and a password and lets nothing through: call support."},
	{Certificate, Trouble, 0, nil, "The central API's certificate is not valid at this machine's time: check date and time; if they are right, the certificate has come to its end."},
	{DiskLow, Warning, 0, []string{"mb"}, "The disk of the data folder is nearly full: free some space before nothing can be written."},
	{KeyEnds, Warning, 0, []string{"at"}, "The till's key to the central API ends soon: get a new one in time."},
	{ScannerLost, Warning, 3 * time.Second, []string{"device", "name", "state", "reason"}, "A scanner does not work, for the reason given."},
	{POSLost, Warning, 3 * time.Second, []string{"detail"}, "Product codes do not reach the POS program: enter the articles by hand, and see whether the POS program is running."},
	{OfflineSince, Warning, 5 * time.Second, nil, "The central API can not be reached; what is earned is kept and sent later."},
	{CopyEmpty, Warning, 5 * time.Second, nil, "The copy of the customers is empty: cards are known only while the central API answers."},
	{CopyOld, Warning, 0, []string{"at"}, "The copy of the customers was not brought up to date for long: balances may be old."},
	{Behind, Warning, 0, nil, "The central API has older data than it had before, as after a restored backup: balances may be wrong, and what was bought since may be missing. Call support."},
	{DraftsRefused, Warning, 0, []string{"count"}, "Customers who were to be registered later are not: see the list of drafts."},
	{Archive, Warning, 0, []string{"detail"}, "What is settled is neither archived nor exported for the accountants, for the reason given. Nothing is lost: it stays in the journal and is exported when that is mended."},
	{ClockJumped, Warning, 0, []string{"seconds"}, "The clock of this machine jumped or is wrong: check date and time."},
	{CacheRebuilt, Info, 0, []string{"detail"}, "The copy of the customers was damaged and is filled anew; nothing that was promised is lost."},
	{CopyFilling, Info, time.Second, []string{"done", "of"}, "The copy of the customers is being filled."},
}

// keyWarning is how long before their end people are warned of credentials.
const keyWarning = 30 * 24 * time.Hour

// raised is a condition that holds now. What tells two of one code apart is the
// device.
type raised struct {
	code  string
	which string
	since time.Time // zero: since it was first seen
	args  map[string]any
}

// raise says which conditions hold.
func raise(f Facts, j Journal, diskFault loyalty.Reason, jump time.Duration, copyOld time.Duration, now time.Time) []raised {
	var out []raised
	add := func(code, which string, since time.Time, args *Text) {
		out = append(out, raised{code, which, since, args.Args})
	}
	if why := cmp.Or(f.Disk, diskFault); why != "" {
		add(Disk, "", time.Time{}, text(Disk, "reason", string(why)))
	} else if f.DiskLow {
		add(DiskLow, "", time.Time{}, text(DiskLow, "mb", f.DiskFree>>20))
	}
	if j.People > 0 {
		add(JournalRefused, "", time.Time{}, text(JournalRefused, "count", j.People))
	}
	if f.Credentials != "" {
		add(Credentials, "", time.Time{}, text(Credentials, "detail", f.Credentials))
	}
	if f.Proxy {
		add(Proxy, "", time.Time{}, text(Proxy))
	}
	if f.Certificate {
		add(Certificate, "", time.Time{}, text(Certificate))
	}
	if !f.KeyEnds.IsZero() && f.KeyEnds.Sub(now) < keyWarning {
		add(KeyEnds, "", f.KeyEnds.Add(-keyWarning), text(KeyEnds, "at", f.KeyEnds))
	}
	for _, d := range f.Devices {
		switch d.State {
		case driver.Ready, driver.Opening, driver.Off:
		default:
			add(ScannerLost, d.Info.ID, d.Since, text(ScannerLost,
				"device", d.Info.ID, "name", d.Info.Name, "state", string(d.State), "reason", d.Reason))
		}
	}
	if f.POS != "" {
		add(POSLost, "", time.Time{}, text(POSLost, "detail", f.POS))
	}
	if !f.Link.Online {
		add(OfflineSince, "", f.Link.Since, text(OfflineSince))
	}
	switch l := f.Link; {
	case l.Filling != nil:
		add(CopyFilling, "", time.Time{}, text(CopyFilling, "done", l.Filling.Done, "of", l.Filling.Of))
	case l.Copy == 0:
		add(CopyEmpty, "", time.Time{}, text(CopyEmpty))
	case !l.CopyAt.IsZero() && now.Sub(l.CopyAt) > copyOld:
		add(CopyOld, "", l.CopyAt.Add(copyOld), text(CopyOld, "at", l.CopyAt))
	}
	if f.Archive != "" {
		add(Archive, "", time.Time{}, text(Archive, "detail", f.Archive))
	}
	if f.Behind {
		add(Behind, "", time.Time{}, text(Behind))
	}
	if jump != 0 {
		add(ClockJumped, "", time.Time{}, text(ClockJumped, "seconds", int64(jump/time.Second)))
	}
	if f.Rebuilt != "" && (f.Link.Copy == 0 || f.Link.Filling != nil) {
		add(CacheRebuilt, "", time.Time{}, text(CacheRebuilt, "detail", f.Rebuilt))
	}
	return out
}

// watch remembers since when what holds.
type watch struct {
	since map[[2]string]time.Time
}

// show turns what holds into what is shown, worst first, and says when to look
// again because a delay will have passed; zero if none is running.
func (w *watch) show(now time.Time, holds []raised) (shown []Condition, again time.Duration) {
	before := w.since
	w.since = map[[2]string]time.Time{}
	shown = []Condition{}
	for _, r := range holds {
		key := [2]string{r.code, r.which}
		first, ok := before[key]
		if !ok {
			first = now
		}
		w.since[key] = first
		info := conditions[order(r.code)]
		if wait := info.delay - now.Sub(first); wait > 0 {
			if again == 0 || wait < again {
				again = wait
			}
			continue
		}
		since := first
		if !r.since.IsZero() {
			since = r.since
		}
		shown = append(shown, Condition{Code: r.code, Severity: info.severity, Since: since, Args: r.args})
	}
	slices.SortStableFunc(shown, func(a, b Condition) int {
		return cmp.Or(cmp.Compare(rank(b.Severity), rank(a.Severity)), cmp.Compare(order(a.Code), order(b.Code)))
	})
	return shown, again
}

func order(code string) int {
	return slices.IndexFunc(conditions, func(c conditionInfo) bool { return c.code == code })
}

func rank(s Severity) int { return slices.Index([]Severity{Info, Warning, Trouble}, s) }

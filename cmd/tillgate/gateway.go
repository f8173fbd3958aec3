package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hotplug"
	"github.com/tillgate/tillgate/driver/usb"
	"github.com/tillgate/tillgate/driver/wedge"
	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
	"github.com/tillgate/tillgate/sync/seal"
	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/forward"
)

// gateway is the daemon: the stages, wired. Storage opens first and closes
// last; between them everything runs in one group, and the first part that
// fails ends the others.
type gateway struct {
	cfg     Config
	log     *slog.Logger
	key     *seal.Key // the till's
	holder  seal.Holder
	journal *journal.Journal
	cache   *cache.Cache
	drafts  *draft.List
	control net.Listener

	supervisor *driver.Supervisor
	shipped    chan driver.Scan // read out of the pictures of scanners
	decoder    *decode.Decoder
	provider   loyalty.Provider
	relay      *relay.Relay
	desk       *checkout.Desk
	forward    *forward.Forwarder // nil if codes go to nobody but the websocket
	server     *ui.Server
	enroller   *enroller    // nil in the demo, whose scanner is its own
	cameras    *pageCameras // nil if the configuration wants none
	demo       *demo        // nil but in the demo
	disk       *diskWatch
}

// parts are what the demo brings instead of what the configuration names.
type parts struct {
	drivers  []driver.Driver
	provider loyalty.Provider
	demo     *demo
}

// build opens the storage and makes the stages. The caller closes the gateway.
func build(cfg Config, p parts, log *slog.Logger) (_ *gateway, err error) {
	g := &gateway{cfg: cfg, log: log, demo: p.demo, shipped: make(chan driver.Scan)}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	if err := os.MkdirAll(cfg.Till.DataDir, 0o700); err != nil {
		return nil, exitWith(exitConfig, fmt.Errorf("data folder: %w: make it, or name another in till.data_dir", err))
	}
	if err := g.openStorage(); err != nil {
		return nil, err
	}
	cfg.Scanner.beside = new(usb.Neighbours)
	if p.drivers == nil {
		if p.drivers, err = cfg.Scanner.drivers(); err != nil {
			return nil, err
		}
	}
	if p.provider == nil {
		if p.provider, err = cfg.provider(Secret.Read); err != nil {
			return nil, exitWith(exitConfig, err)
		}
	}
	if err = cfg.cardKeys(); err != nil {
		return nil, exitWith(exitConfig, err)
	}
	if g.decoder, err = cfg.decoder(); err != nil {
		return nil, err
	}
	g.provider = p.provider
	if c, ok := p.provider.(*central.Client); ok {
		c.Keep(filepath.Join(cfg.Till.DataDir, "cache.db.part"), g.key)
	}
	if g.forward, err = forward.New(cfg.Forward, log); err != nil {
		return nil, err
	}
	allows, err := cfg.Offline.supervisor(cfg.Till.Currency)
	if err != nil {
		return nil, exitWith(exitConfig, fmt.Errorf("offline.pin: %w", err))
	}
	g.supervisor = driver.NewSupervisor(log, p.drivers...)
	g.openDesk(allows)
	if g.demo == nil {
		g.enroller = newEnroller(cfg, log, g.supervisor.Report, g.supervisor.Add)
	}
	if cfg.Page.Camera {
		pictures, err := cfg.Scanner.pictures()
		if err != nil {
			return nil, err
		}
		g.cameras = newPageCameras(pictures, g.supervisor.Add)
	}
	page := g.page()
	if page.POSToken, err = cfg.Page.posToken(); err != nil {
		return nil, exitWith(exitConfig, err)
	}
	if g.server, err = ui.New(page); errors.Is(err, ui.ErrInUse) {
		return nil, exitWith(exitBusy, err)
	} else if err != nil {
		return nil, err
	}
	g.disk = newDiskWatch(cfg.Till.DataDir)
	g.control, err = listenControl(cfg.Till.DataDir)
	return g, err
}

// openDesk makes relay and desk over the storage. allows is the supervisor; nil if
// there is none.
func (g *gateway) openDesk(allows *checkout.Supervisor) {
	cfg := g.cfg
	g.relay = relay.New(relay.Options{Journal: g.journal, Cache: g.cache, Provider: g.provider, Log: g.log, Pull: cfg.Provider.poll()})
	g.desk = checkout.New(checkout.Options{
		Shop: cfg.Till.Shop, Till: cfg.Till.Till, Currency: cfg.Till.Currency,
		Base: g.cache, Ledger: deskLedger(g.journal), Programme: g.relay, Facts: g.facts,
		Extras: checkout.ExtrasOf(g.provider), Drafts: g.drafts,
		Phone:   func(typed string) (card.Phone, bool) { return card.NormalisePhone(typed, cfg.Decode.Country) },
		Forward: g.product,
		Signal:  func(ctx context.Context, device string, s driver.Signal) { g.supervisor.Signal(ctx, device, s) },
		Policy:  cfg.Offline.policy(cfg.Till.Currency), PerReceipt: loyalty.Money(cfg.Offline.PerReceipt) * minor(cfg.Till.Currency), Supervisor: allows,
		Uptime: uptime, Log: g.log,
	})
}

func (g *gateway) openStorage() (err error) {
	g.journal, err = journal.Open(filepath.Join(g.cfg.Till.DataDir, "journal.db"), journal.Options{Log: g.log})
	var damaged *journal.DamagedError
	var sealed *journal.KeyError
	var held *journal.LockedError
	switch {
	case errors.As(err, &damaged), errors.As(err, &sealed):
		return exitWith(exitDamaged, err)
	case errors.As(err, &held):
		return exitWith(exitBusy, err)
	case err != nil:
		return err
	}
	if g.key, g.holder, err = seal.Load(g.cfg.Till.DataDir, g.log); err != nil {
		return err
	}
	g.log.Debug("the till's key", "holder", string(g.holder))
	var damage error
	if g.drafts, damage, err = draft.Open(filepath.Join(g.cfg.Till.DataDir, "drafts"), g.key); err != nil {
		return err
	}
	if damage != nil {
		g.log.Error("registrations that waited are lost", "err", damage)
	}
	g.cache, err = cache.Open(filepath.Join(g.cfg.Till.DataDir, "cache.db"), g.key, g.log)
	if err == nil && seal.Rotating(g.cfg.Till.DataDir) { // a tillgate rekey was cut short; all is sealed with the new key by now
		err = seal.Retire(g.cfg.Till.DataDir)
	}
	return err
}

// run is the daemon at work, until ctx ends or a part fails. ready is called
// when the page can be opened.
func (g *gateway) run(ctx context.Context, ready func(page string)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.supervisor.Run(ctx) })
	group.Go(func() error { return g.scans(ctx) })
	group.Go(func() error { return g.readPictures(ctx) })
	group.Go(func() error { return g.relay.Run(ctx) })
	group.Go(func() error { return g.desk.Run(ctx) })
	group.Go(func() error { return g.forward.Run(ctx) })
	group.Go(func() error { return g.server.Run(ctx) })
	group.Go(func() error { return g.disk.Run(ctx) })
	group.Go(func() error { return g.journal.Keep(ctx, g.cfg.keeping()) })
	group.Go(func() error { return g.refresh(ctx) })
	if g.enroller != nil {
		group.Go(func() error { return g.enroller.Run(ctx) })
	}
	if g.demo == nil {
		group.Go(func() error { return hotplug.Run(ctx, g.log, g.supervisor) })
	}
	group.Go(func() error { return serveControl(ctx, g.control, g.controls(), g.log) })
	group.Go(func() error { ready(g.server.URL()); return nil })
	return group.Wait()
}

// product passes a code that is no customer's on. What Windows lets us read along
// only has been typed into the POS already.
func (g *gateway) product(c decode.Code) {
	if !strings.HasPrefix(c.Scan.Device, wedge.Name+":") {
		g.forward.Send(c)
	}
	g.server.Scanned(c)
}

// settle waits until each scanner is open and the copy is filled, for as long
// as that takes where nothing is missing.
func (g *gateway) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for g.cache.Count() == 0 || slices.ContainsFunc(g.supervisor.Report(), func(s driver.Status) bool { return s.State != driver.Ready }) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// close closes what build opened. It may be called twice.
func (g *gateway) close() error {
	var errs []error
	if g.control != nil {
		g.control.Close() // the server has closed it already if it ran
		g.control = nil
	}
	if g.cache != nil {
		errs = append(errs, g.cache.Close())
		g.cache = nil
	}
	if g.journal != nil {
		errs = append(errs, g.journal.Close())
		g.journal = nil
	}
	return errors.Join(errs...)
}

// scans takes each scan through decode to the desk, one after another: order
// is kept, over all devices.
func (g *gateway) scans(ctx context.Context) error {
	repeats := g.cfg.Decode.Repeats()
	for scan, ok := g.nextScan(); ok; scan, ok = g.nextScan() {
		code := repeats.Mark(g.decoder.Decode(scan))
		if code.Again {
			g.supervisor.Repeated(scan.Device)
		}
		g.log.Debug("scan", "code", code)
		if code.Kind == decode.Reply {
			continue
		}
		if err := g.desk.Scan(ctx, code); err != nil {
			return nil // ctx ended: the desk is closed
		}
	}
	return nil
}

// refresh tells the desk when something outside it has changed.
func (g *gateway) refresh(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.supervisor.Changed():
		case <-g.relay.Changed():
		case <-g.journal.Changed():
		case <-g.cache.Changed():
		case <-g.disk.Changed():
		case <-g.forward.Changed():
		}
		g.desk.Refresh()
	}
}

// facts are what the desk knows of the rest.
func (g *gateway) facts() checkout.Facts {
	link := g.relay.Link()
	f := checkout.Facts{
		Link:        checkout.Link{Online: link.Online, Since: link.Since, CopyAt: g.cache.AsOf(), Copy: g.cache.Count()},
		Devices:     g.supervisor.Report(),
		Credentials: link.Credentials,
		Proxy:       link.Proxy,
		Certificate: link.Certificate,
		Behind:      !link.Behind.IsZero(),
		Rebuilt:     g.cache.Rebuilt(),
		Archive:     g.journal.Unarchived(),
		POS:         g.forward.Status().Err,
	}
	disk := g.disk.State()
	f.Disk, f.DiskLow, f.DiskFree = cmp.Or(disk.fault, link.Journal), disk.low, disk.free
	if dated, ok := g.provider.(loyalty.Dated); ok {
		f.KeyEnds = dated.CredentialsEnd()
	}
	if c, ok := g.provider.(interface{ Skew() time.Duration }); ok {
		f.Skew = c.Skew()
	}
	if p := link.Filling; p != nil {
		f.Link.Filling = &checkout.Filling{Done: p.Done, Of: p.Of}
	}
	return f
}

// page is what the server with the cashier's page is made of.
func (g *gateway) page() ui.Options {
	o := ui.Options{
		Addr:        g.cfg.Page.Listen,
		AllowRemote: len(g.cfg.Page.Hosts) > 0, // checked with the configuration
		Hosts:       g.cfg.Page.Hosts,
		Origins:     g.cfg.Page.AllowedOrigins,
		PairingFile: filepath.Join(g.cfg.Till.DataDir, "paired.json"),
		Title:       cmp.Or(g.cfg.Till.Name, g.cfg.Till.Shop+" / "+g.cfg.Till.Till),
		Version:     version,
		Log:         g.log,
	}
	if g.desk != nil {
		o.Desk = g.desk
	}
	if g.demo != nil {
		o.Demo = g.demo
	}
	if g.enroller != nil {
		o.Enrol = g.enroller
	}
	if g.cameras != nil {
		o.Cameras = g.cameras
	}
	return o
}

func (p ProviderConfig) poll() time.Duration {
	if p.Central == nil {
		return 0
	}
	return p.Central.poll()
}

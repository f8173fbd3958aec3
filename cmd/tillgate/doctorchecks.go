package main

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
)

// checkConfiguration says each mistake in the configuration.
func checkConfiguration(f facts) (all []finding) {
	var ms Mistakes
	switch {
	case f.ConfigErr == nil:
		return []finding{fine("configuration", "%s is right", f.ConfigFile)}
	case f.Running && noConfig(f.ConfigErr):
		return []finding{note("configuration", fmt.Sprintf("%s is not there: what is looked at is the tillgate that runs with its data in %s", f.ConfigFile, f.Config.Till.DataDir), "")}
	case errors.As(f.ConfigErr, &ms):
		for _, m := range ms {
			all = append(all, problem("configuration", m.Error(), ""))
		}
		return all
	}
	return []finding{problem("configuration", f.ConfigErr.Error(), "")}
}

func checkDaemon(f facts) []finding {
	switch {
	case f.DaemonErr != nil:
		return []finding{problem("service", f.DaemonErr.Error(), "")}
	case f.Running && f.Process.PID != 0:
		return []finding{fine("service", "%v", f.Process)}
	case f.Running:
		return []finding{fine("service", "tillgate is running")}
	case f.ConfigErr != nil:
		return nil
	}
	return []finding{note("service", "tillgate is not running: what it may open was looked at with the rights of whoever runs this", "systemctl start tillgate")}
}

// checkDataFolder looks whether promises can be written down, and read by nobody
// else.
func checkDataFolder(f facts) []finding {
	d := f.Data
	subject := "data folder " + d.Path
	switch {
	case d.Path == "":
		return nil
	case d.Missing:
		return []finding{note(subject, "is not there yet: tillgate makes it when it starts", "")}
	case d.Err != nil && remedy(journal.DiskReason(d.Err)) != "":
		return []finding{problem(subject, d.Err.Error(), remedy(journal.DiskReason(d.Err)))}
	case d.Err != nil:
		return []finding{problem(subject, d.Err.Error(), "It must belong to the user of the service: chown -R tillgate: "+d.Path)}
	case d.Free < diskLow:
		return []finding{problem(subject, fmt.Sprintf("%d MB left", d.Free>>20), "Make room: without it no points can be spent or earned.")}
	case runtime.GOOS != "windows" && d.Mode.Perm()&0o077 != 0:
		return []finding{problem(subject, fmt.Sprintf("others can look into it (mode %04o), and customers' names are in it", d.Mode.Perm()), "chmod 700 "+d.Path)}
	}
	return []finding{fine(subject, "%d MB left", d.Free>>20)}
}

// checkArchive says why accountants get no files.
func checkArchive(f facts) []finding {
	if f.Archive == "" {
		return nil
	}
	return []finding{problem("archive and export", f.Archive, "The folder of exports (journal.export_dir) must be there, have room, and belong to the user of the service. It is tried again every hour, and at once with: tillgate journal export --to DIR")}
}

// checkKey says who holds the key that customers' data is sealed under.
func checkKey(f facts) []finding {
	const subject = "key of the customers' data"
	switch {
	case f.Key == "":
		return nil // the first start makes one
	case f.Key.Advice() != "":
		return []finding{note(subject, "held by "+string(f.Key), f.Key.Advice())}
	case f.KeyLeft != "":
		return []finding{note(subject, "held by "+string(f.Key)+", and the one before still lies in "+f.KeyLeft, "Nothing needs it once tillgate has started with the credential: shred -u "+f.KeyLeft)}
	}
	return []finding{fine(subject, "held by %s", f.Key)}
}

// clockSlack is how far clocks may be apart, in a network without care.
const clockSlack = 2 * time.Minute

// built is a day before which no clock that is right can be.
var built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// checkClock looks whether the clock can be right: receipts and balances carry its
// time, and certificates are checked against it.
func checkClock(f facts) []finding {
	const remedy = "Set it, and let it be kept: timedatectl set-ntp true. If it is wrong again tomorrow, the till's battery is empty."
	now := f.Now.Local().Format(time.DateTime)
	ahead := f.Now.Sub(f.Provider.Time)
	switch {
	case f.Now.Before(built):
		return []finding{problem("clock", now+" can not be", remedy)}
	case f.Data.LastWrite.After(f.Now.Add(clockSlack)):
		return []finding{problem("clock", fmt.Sprintf("%s, but tillgate has written at %s already", now, f.Data.LastWrite.Local().Format(time.DateTime)), remedy)}
	case !f.Provider.Time.IsZero() && ahead.Abs() > clockSlack:
		return []finding{problem("clock", fmt.Sprintf("%s is %v away from the programme's", now, ahead.Abs().Round(time.Second)), remedy)}
	}
	return []finding{fine("clock", "%s", now)}
}

// keyEndsSoon is how long before the end of the credentials people are told.
const keyEndsSoon = 30 * 24 * time.Hour

// checkProvider looks whether the programme answers this till.
func checkProvider(f facts) []finding {
	p := f.Provider
	subject := "programme " + p.Name
	var at *atServiceError
	switch {
	case p.Name == "":
		return nil
	case errors.As(p.SecretErr, &at):
		return []finding{note(subject, fmt.Sprintf("was not asked: systemd gives %s to the service alone", at.secret), "Start the service, and look again: systemctl start tillgate")}
	case p.SecretErr != nil:
		return []finding{problem(subject, p.SecretErr.Error(), "")}
	case errors.Is(p.Err, loyalty.ErrCredentials):
		return []finding{problem(subject, p.Err.Error(), "The key or token of this till is wrong, or was taken back: get a new one.")}
	case errors.Is(p.Err, loyalty.ErrProxy):
		return []finding{problem(subject, p.Err.Error(), "Give it in the service's environment: HTTPS_PROXY=http://name:password@proxy:port, or have the proxy let this till through.")}
	case relay.IsCertificate(p.Err):
		return []finding{problem(subject, p.Err.Error(), "It is "+f.Now.Local().Format(time.DateTime)+" here. If that is wrong, set the clock: timedatectl set-ntp true. If it is right, the programme's certificate has come to its end: tell whoever runs it.")}
	case p.Err != nil && p.Script != "":
		return []finding{problem(subject, p.Err.Error(), "Windows finds its proxy by a script ("+p.Script+"), which tillgate does not run: name the proxy itself, with netsh winhttp set proxy, or HTTPS_PROXY in the service's environment.")}
	case p.Err != nil:
		return []finding{problem(subject, p.Err.Error(), "The till works on with its copy meanwhile. Check the network, the address in [provider], and the proxy or firewall.")}
	case f.ConfigErr == nil && p.Shop != "" && (p.Shop != f.Config.Till.Shop || p.Till != f.Config.Till.Till):
		return []finding{problem(subject, fmt.Sprintf("takes this till for shop %s, till %s; the configuration says shop %s, till %s", p.Shop, p.Till, f.Config.Till.Shop, f.Config.Till.Till),
			"Two tills may have got each other's token.")}
	case !p.Ends.IsZero() && p.Ends.Before(f.Now.Add(keyEndsSoon)):
		return []finding{problem(subject, "answers, but its key ends on "+p.Ends.Local().Format(time.DateOnly), "Get a new one before that.")}
	}
	return []finding{fine(subject, "answers")}
}

func checkPage(f facts) []finding {
	if f.Page == "" {
		return nil
	}
	subject := "page http://" + f.Page + "/"
	if f.PageErr != nil {
		return []finding{problem(subject, f.PageErr.Error(), "Another program may have the port: ss -ltnp shows it. Stop it, or choose another one in page.listen.")}
	}
	if f.Running {
		return []finding{fine(subject, "is served")}
	}
	return []finding{fine(subject, "the port is free")}
}

package checkout

import (
	"cmp"

	"github.com/tillgate/tillgate/driver"
)

// devices is the report on the scanners as the cashier sees it.
func devices(report []driver.Status) []Device {
	out := make([]Device, 0, len(report))
	for _, s := range report {
		out = append(out, Device{
			ID: s.Info.ID, Name: cmp.Or(s.Info.Name, s.Info.ID), Mode: s.Info.Mode,
			State: s.State, Since: s.Since, Reason: s.Reason,
			LastScan: s.LastScan, Scans: s.Scans, Lost: s.Lost, Advice: s.Advice,
		})
	}
	return out
}

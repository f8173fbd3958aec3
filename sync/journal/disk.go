package journal

import (
	"github.com/tillgate/tillgate/sync/internal/osfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Why the disk takes nothing: each wants something else of people.
const (
	DiskFull     loyalty.Reason = "disk_full"      // it goes on as soon as there is room
	DiskReadOnly loyalty.Reason = "disk_read_only" // as a rule after errors: it has to be checked, and the machine started anew
	DiskBroken   loyalty.Reason = "disk_broken"    // I/O errors
	DiskOther    loyalty.Reason = "disk_other"
)

// DiskReason says which of these an error is of; DiskOther if it is of none.
func DiskReason(err error) loyalty.Reason {
	switch {
	case osfile.Full(err):
		return DiskFull
	case osfile.ReadOnly(err):
		return DiskReadOnly
	case osfile.Broken(err):
		return DiskBroken
	}
	return DiskOther
}

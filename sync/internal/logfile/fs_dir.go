package logfile

import "github.com/tillgate/tillgate/sync/internal/boltfile"

func syncDir(path string) error { return boltfile.SyncDir(path) }

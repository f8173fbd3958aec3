package boltfile

// SyncDir has nothing to do on Windows: NTFS journals names by itself, and a
// folder can not be flushed.
func SyncDir(string) error { return nil }

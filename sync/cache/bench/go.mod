module github.com/tillgate/tillgate/sync/cache/bench

go 1.26.0

require (
	github.com/mattn/go-sqlite3 v1.14.32
	github.com/tillgate/tillgate v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require golang.org/x/sys v0.49.0

replace github.com/tillgate/tillgate => ../../..

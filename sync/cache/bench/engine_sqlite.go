package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"
)

// sqlite is the C library.
type sqlite struct {
	path string
	db   *sql.DB
	get  *sql.Stmt
}

func newSQLite(dir string) (engine, error) {
	return &sqlite{path: filepath.Join(dir, "sqlite.db")}, nil
}

func (e *sqlite) fill(n int) (err error) {
	db, err := sql.Open("sqlite3", e.path+"?_journal_mode=OFF&_synchronous=OFF")
	if err != nil {
		return err
	}
	if _, err := db.Exec("CREATE TABLE customers (id TEXT, card TEXT, phone TEXT, ext TEXT, record BLOB)"); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	put, err := tx.Prepare("INSERT INTO customers VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	var b []byte
	for i := range n {
		b = record(b, i, 1)
		if _, err := put.Exec(idOf(i), cardOf(i), phoneOf(i), extOf(i), b); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, column := range []string{"id", "card", "phone", "ext"} {
		if _, err := db.Exec("CREATE INDEX by_" + column + " ON customers (" + column + ")"); err != nil {
			return err
		}
	}
	if err := db.Close(); err != nil {
		return err
	}
	f, err := os.OpenFile(e.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (e *sqlite) reopen() (err error) {
	if e.db != nil {
		if err := errors.Join(e.get.Close(), e.db.Close()); err != nil {
			return err
		}
	}
	if e.db, err = sql.Open("sqlite3", e.path+"?_journal_mode=WAL&_synchronous=FULL"); err != nil {
		return err
	}
	e.db.SetMaxOpenConns(1)
	e.get, err = e.db.Prepare("SELECT record FROM customers WHERE card = ?")
	return err
}

func (e *sqlite) find(card string) error {
	var record []byte
	return e.get.QueryRow(card).Scan(&record)
}

func (e *sqlite) change(round, n, count int) error {
	tx, err := e.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put, err := tx.Prepare("UPDATE customers SET record = ? WHERE id = ?")
	if err != nil {
		return err
	}
	var b []byte
	for i := range n {
		c := changed(round, i, count)
		b = record(b, c, uint64(round)+2)
		if _, err := put.Exec(b, idOf(c)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (e *sqlite) settle(int) (int, error) {
	_, err := e.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return (rounds + busyRounds) * changes, err
}

func (e *sqlite) close() error { return e.db.Close() }

module github.com/tillgate/tillgate

go 1.26

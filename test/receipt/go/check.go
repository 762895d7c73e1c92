// Checks an evidence bundle with the libraries that the Go module mirror and checksum database are built on:
// golang.org/x/mod/sumdb/note for the signed note, golang.org/x/mod/sumdb/tlog for the tree. No code of ours.
//
//	check <folder>            the bundle in a folder, and beside it log.vkey: the ledger's key
//	check <folder> <old note> also, that the ledger continues the checkpoint in that file
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, parts ...interface{}) {
	fmt.Printf(format+"\n", parts...)
	os.Exit(1)
}

func read(path ...string) []byte {
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		fail("%v", err)
	}
	return text
}

func hashOf(text string) (hash tlog.Hash) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(decoded) != tlog.HashSize {
		fail("%q is not a hash", text)
	}
	copy(hash[:], decoded)
	return hash
}

// checkpoint opens a signed note with the given key and reads its body.
func checkpoint(signed []byte, verifier note.Verifier) (origin string, tree tlog.Tree) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		fail("the note: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		fail("the note says something else than a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("the size: %v", err)
	}
	return lines[0], tlog.Tree{N: size, Hash: hashOf(lines[2])}
}

// stored is a tree that is rebuilt from the receipts' bytes.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

func rebuild(folder string) (hashes stored, count int64) {
	for _, line := range bytes.Split(bytes.TrimSuffix(read(folder, "receipts.jsonl"), []byte("\n")), []byte("\n")) {
		more, err := tlog.StoredHashes(count, line, hashes)
		if err != nil {
			fail("the tree: %v", err)
		}
		hashes = append(hashes, more...)
		count++
	}
	return hashes, count
}

// paths reads the hashes between two lines of a proof file.
func paths(lines []string) (proof []tlog.Hash) {
	for _, line := range lines {
		proof = append(proof, hashOf(line))
	}
	return proof
}

func whole(folder string, tree tlog.Tree) {
	hashes, count := rebuild(folder)
	root, err := tlog.TreeHash(tree.N, hashes)
	if count != tree.N || err != nil || root != tree.Hash {
		fail("%d receipts do not have the root of the checkpoint of size %d", count, tree.N)
	}
	for n := int64(0); n < count; n++ {
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		if err != nil || tlog.CheckRecord(proof, tree.N, tree.Hash, n, hashes[tlog.StoredHashIndex(0, n)]) != nil {
			fail("receipt %d is not in the tree", n)
		}
	}
	fmt.Printf("%d receipts have the root that was signed\n", count)
}

func parts(folder string, verifier note.Verifier, tree tlog.Tree) {
	files, _ := filepath.Glob(filepath.Join(folder, "receipts", "*.json"))
	for _, file := range files {
		seq := strings.TrimSuffix(filepath.Base(file), ".json")
		text := string(read(folder, "proofs", seq+".tlog-proof"))
		head, signed, _ := strings.Cut(text, "\n\n")
		lines := strings.Split(head, "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		if err != nil || lines[0] != "c2sp.org/tlog-proof@v1" || strconv.FormatInt(index, 10) != seq {
			fail("the proof of receipt %s is for another place", seq)
		}
		if _, own := checkpoint([]byte(signed), verifier); own != tree {
			fail("the proof of receipt %s is for another checkpoint", seq)
		}
		if err := tlog.CheckRecord(paths(lines[2:]), tree.N, tree.Hash, index, tlog.RecordHash(read(file))); err != nil {
			fail("receipt %s is not in the tree: %v", seq, err)
		}
	}
	fmt.Printf("%d receipts are proved to be of the %d that were sealed\n", len(files), tree.N)
}

// continues checks the consistency file between an older checkpoint and the bundle's.
func continues(folder string, old, tree tlog.Tree) {
	text := string(read(folder, "consistency", fmt.Sprintf("%d-%d.consistency", old.N, tree.N)))
	head, _, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		fail("the consistency proof is from another size")
	}
	if err := tlog.CheckTree(paths(lines[1:]), tree.N, tree.Hash, old.N, old.Hash); err != nil {
		fail("it does not continue the checkpoint of size %d: %v", old.N, err)
	}
	fmt.Printf("it continues the checkpoint of size %d\n", old.N)
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(folder, ".."), "log.vkey"))))
	if err != nil {
		fail("log.vkey: %v", err)
	}
	_, tree := checkpoint(read(folder, "checkpoint"), verifier)
	if _, err := os.Stat(filepath.Join(folder, "receipts.jsonl")); err == nil {
		whole(folder, tree)
	} else {
		parts(folder, verifier, tree)
	}
	if len(os.Args) > 2 {
		_, old := checkpoint(read(os.Args[2]), verifier)
		continues(folder, old, tree)
	}
}

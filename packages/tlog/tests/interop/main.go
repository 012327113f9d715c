// Command interop reads a log that Lethe wrote with golang.org/x/mod/sumdb, which shares no code with it.
//
//	interop log DIR               checkpoints, tiles, entries, every proof against the proof computed here
//	interop entry DIR INDEX FILE  whether the bytes of FILE are entry INDEX, by its .tlog-proof alone
//
// Exit status 1 and a line on stderr for anything that does not hold.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight     = 8
	tileWidth      = 1 << tileHeight
	algCosignature = 0x04
)

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "log":
		err = checkLog(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "entry":
		err = checkEntry(os.Args[2], os.Args[3], os.Args[4])
	default:
		err = errors.New("usage: interop log DIR | interop entry DIR INDEX FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// cosigner verifies cosignature/v1: x/mod knows type 0x01 only.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key: not three parts")
	}
	id, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != algCosignature {
		return nil, errors.New("witness key: not an Ed25519 cosignature key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(id) {
		return nil, errors.New("witness key: its id does not fit")
	}
	return cosigner{parts[0], uint32(id), key[1:]}, nil
}

func verifiers(dir string) (note.Verifiers, error) {
	logKey, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
	if err != nil {
		return nil, err
	}
	witnessKey, err := os.ReadFile(filepath.Join(dir, "witness.vkey"))
	if err != nil {
		return nil, err
	}
	log, err := note.NewVerifier(string(logKey))
	if err != nil {
		return nil, err
	}
	witness, err := newCosigner(string(witnessKey))
	if err != nil {
		return nil, err
	}
	return note.VerifierList(log, witness), nil
}

// openCheckpoint demands both signatures and returns the tree.
func openCheckpoint(msg []byte, known note.Verifiers) (tlog.Tree, error) {
	n, err := note.Open(msg, known)
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(n.Sigs) != 2 {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %d verified signatures, not of the log and the witness", len(n.Sigs))
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != n.Sigs[0].Name {
		return tlog.Tree{}, errors.New("checkpoint: not three lines of the log that signed it")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// parseProof splits a .tlog-proof into index, hashes and checkpoint.
func parseProof(data []byte) (index int64, hashes []tlog.Hash, checkpoint []byte, err error) {
	head, checkpoint, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return 0, nil, nil, errors.New("proof: not a tlog-proof")
	}
	if index, err = strconv.ParseInt(lines[1][len("index "):], 10, 64); err != nil {
		return 0, nil, nil, err
	}
	hashes, err = parseHashes(lines[2:])
	return index, hashes, checkpoint, err
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func proofPath(dir, index string) string { return filepath.Join(dir, "proofs", index+".tlog-proof") }

func checkEntry(dir, index, file string) error {
	known, err := verifiers(dir)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(proofPath(dir, index))
	if err != nil {
		return err
	}
	n, proof, checkpoint, err := parseProof(data)
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(checkpoint, known)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entry))
}

// files reads tiles from a directory laid out as tlog-tiles says: as sumdb does, without the height.
type files string

func (files) Height() int                         { return tileHeight }
func (files) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}

func checkLog(dir string) error {
	known, err := verifiers(dir)
	if err != nil {
		return err
	}
	trees := map[string]tlog.Tree{}
	for _, name := range []string{"checkpoint", "checkpoint.old"} {
		msg, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if trees[name], err = openCheckpoint(msg, known); err != nil {
			return err
		}
	}
	tree, old := trees["checkpoint"], trees["checkpoint.old"]
	if err := checkTree(dir, tree); err != nil {
		return err
	}
	if err := checkConsistency(dir, tree, old); err != nil {
		return err
	}
	if err := checkTree(dir, old); err != nil {
		return err
	}
	proofs, err := checkProofs(dir, tree)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries, %d before, %d proofs\n", tree.N, old.N, proofs)
	return nil
}

// checkConsistency proves from the tiles and compares with the proof that Lethe wrote.
func checkConsistency(dir string, tree, old tlog.Tree) error {
	text, err := os.ReadFile(filepath.Join(dir, "consistency"))
	if err != nil {
		return err
	}
	theirs, err := parseHashes(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
	if err != nil {
		return err
	}
	ours, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, files(dir)))
	if err != nil {
		return err
	}
	if fmt.Sprint(ours) != fmt.Sprint(tlog.TreeProof(theirs)) {
		return errors.New("consistency: another proof than the one computed here")
	}
	return tlog.CheckTree(theirs, tree.N, tree.Hash, old.N, old.Hash)
}

// checkTree builds the tree from the bundles of entries and compares its root and every tile.
//
// That a TileHashReader reads a tile says less: version 0.7.0 leaves some full tiles unchecked, as many as there are perfect subtrees
// at the right edge that share a tile.
func checkTree(dir string, tree tlog.Tree) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, i := range indexes {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	})
	var n int64
	for n < tree.N {
		tile := tlog.Tile{H: tileHeight, L: -1, N: n / tileWidth, W: tileWidth}
		if tree.N-n < tileWidth {
			tile.W = int(tree.N - n)
		}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		for i := 0; i < tile.W; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("%s: ends before entry %d", path, n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hashes, err := tlog.StoredHashes(n, bundle[2:end], reader)
			if err != nil {
				return err
			}
			stored = append(stored, hashes...)
			bundle = bundle[end:]
			n++
		}
		if len(bundle) > 0 {
			return fmt.Errorf("%s: bytes behind the last entry", path)
		}
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("entries: not those of the checkpoint of size %d", tree.N)
	}
	for _, tile := range tilesOf(tree.N) {
		want, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return err
		}
		got, err := files(dir).ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(want, got[0]) {
			return fmt.Errorf("%s: not the hashes of the entries", tile.Path())
		}
	}
	return nil
}

// tilesOf lists the full and partial tiles of a tree.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; size > 0; level++ {
		for n := int64(0); n*tileWidth < size; n++ {
			width := size - n*tileWidth
			if width > tileWidth {
				width = tileWidth
			}
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: int(width)})
		}
		size /= tileWidth
	}
	return tiles
}

// checkProofs compares every proof file with the proof computed from the tiles.
func checkProofs(dir string, tree tlog.Tree) (int, error) {
	reader := tlog.TileHashReader(tree, files(dir))
	paths, err := filepath.Glob(proofPath(dir, "*"))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		index, theirs, _, err := parseProof(data)
		if err != nil {
			return 0, err
		}
		ours, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return 0, err
		}
		if fmt.Sprint(ours) != fmt.Sprint(tlog.RecordProof(theirs)) {
			return 0, fmt.Errorf("proof of entry %d: another than the one computed here", index)
		}
	}
	return len(paths), nil
}

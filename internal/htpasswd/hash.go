package htpasswd

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm/md5crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
	"golang.org/x/crypto/bcrypt"
)

// Bounds on the work that a hash may ask for: about a second of one core. A user list must not be able to stop the
// proxy.
const (
	maxBcryptCost = 15
	maxSHARounds  = 1_000_000
)

// Why a hash cannot be used.
var (
	errEmpty     = errors.New("the hash is empty: the user can never log in")
	errUnknown   = errors.New("the hash is of no known kind (bcrypt, apr1, md5-crypt, sha-crypt, {SHA}, {SSHA}, {PLAIN})")
	errDES       = errors.New("the hash is of the old DES kind, which is not supported; make a bcrypt one with htpasswd -B")
	errMalformed = errors.New("the hash is malformed")
	errCostly    = errors.New("the hash asks for too much work (bcrypt above cost 15, sha-crypt above 1000000 rounds)")
)

// Check says why no password can ever fit hash; nil when one can.
func Check(hash string) error {
	_, err := parse(hash)
	return err
}

// Verify says whether password fits hash. It takes as long as the kind of hash asks for, whether it fits or not. It is
// false for hashes that Check refuses, the empty one too, and for passwords with NUL in them, where bcrypt and C's crypt
// would see an end.
func Verify(hash string, password []byte) bool {
	if bytes.IndexByte(password, 0) >= 0 {
		return false
	}
	verify, err := parse(hash)
	return err == nil && verify(password)
}

// Costly says whether Verify takes long enough for its results to be worth keeping.
func Costly(hash string) bool { return !strings.HasPrefix(hash, "{") }

// verifier checks one password.
type verifier func(password []byte) bool

func parse(hash string) (verifier, error) {
	switch {
	case hash == "":
		return nil, errEmpty
	case strings.HasPrefix(hash, "{PLAIN}"):
		want := []byte(hash[len("{PLAIN}"):])
		return func(password []byte) bool { return equal(password, want) }, nil
	case strings.HasPrefix(hash, "{SHA}"), strings.HasPrefix(hash, "{SSHA}"):
		return parseSHA1(hash)
	case strings.HasPrefix(hash, "$apr1$"):
		return parseAPR1(hash)
	case strings.HasPrefix(hash, "$2"):
		return parseBcrypt(hash)
	case strings.HasPrefix(hash, "$1$"):
		return parseMD5Crypt(hash)
	case strings.HasPrefix(hash, "$5$"), strings.HasPrefix(hash, "$6$"):
		return parseSHACrypt(hash)
	case len(hash) == 13 && hash[0] != '$' && hash[0] != '{':
		return nil, errDES
	}
	return nil, errUnknown
}

// equal compares in a time that depends on the lengths only, through a digest so that not even they show.
func equal(a, b []byte) bool {
	x, y := sha1.Sum(a), sha1.Sum(b)
	return subtle.ConstantTimeCompare(x[:], y[:])&subtle.ConstantTimeCompare(a, b) == 1
}

// parseSHA1 reads {SHA}digest and {SSHA}digest-and-salt, in base64.
func parseSHA1(hash string) (verifier, error) {
	_, text, _ := strings.Cut(hash, "}")
	sum, err := base64.StdEncoding.DecodeString(text)
	salted := hash[2] == 'S'
	if err != nil || len(sum) < sha1.Size || !salted && len(sum) > sha1.Size {
		return nil, errMalformed
	}
	sum, salt := sum[:sha1.Size], sum[sha1.Size:]
	return func(password []byte) bool {
		got := sha1.Sum(append(append(make([]byte, 0, len(password)+len(salt)), password...), salt...))
		return subtle.ConstantTimeCompare(got[:], sum) == 1
	}, nil
}

func parseBcrypt(hash string) (verifier, error) {
	digest := []byte(hash)
	cost, err := bcrypt.Cost(digest)
	if err != nil || len(digest) != 60 {
		return nil, errMalformed
	}
	if cost > maxBcryptCost {
		return nil, errCostly
	}
	return func(password []byte) bool { return bcrypt.CompareHashAndPassword(digest, password) == nil }, nil
}

func parseMD5Crypt(hash string) (verifier, error) {
	digest, err := md5crypt.DecodeVariant(md5crypt.VariantStandard)(hash)
	if err != nil {
		return nil, errMalformed
	}
	return digest.MatchBytes, nil
}

func parseSHACrypt(hash string) (verifier, error) {
	if rest, ok := strings.CutPrefix(hash[3:], "rounds="); ok {
		digits, _, _ := strings.Cut(rest, "$")
		rounds, err := strconv.Atoi(digits)
		if err != nil {
			return nil, errMalformed
		}
		if rounds > maxSHARounds {
			return nil, errCostly
		}
	}
	digest, err := shacrypt.Decode(hash)
	if err != nil {
		return nil, errMalformed
	}
	return digest.MatchBytes, nil
}

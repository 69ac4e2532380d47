package htpasswd

import (
	"crypto/md5"
	"crypto/subtle"
	"strings"
)

// apr1Rounds and apr1Salt are fixed by the format: 1000 rounds, at most 8 bytes of salt.
const (
	apr1Rounds = 1000
	apr1Salt   = 8
)

// parseAPR1 reads $apr1$salt$digest: Apache's variant of md5-crypt, which differs in the magic that is hashed along.
func parseAPR1(hash string) (verifier, error) {
	salt, want, found := strings.Cut(hash[len("$apr1$"):], "$")
	if !found || len(want) != 22 {
		return nil, errMalformed
	}
	if len(salt) > apr1Salt {
		salt = salt[:apr1Salt]
	}
	return func(password []byte) bool {
		return subtle.ConstantTimeCompare(apr1(password, salt), []byte(want)) == 1
	}, nil
}

// apr1 is the digest of a password, in the format's own base 64.
func apr1(password []byte, salt string) []byte {
	inner := md5.Sum(join(password, []byte(salt), password))
	h := join(password, []byte("$apr1$"), []byte(salt))
	for left := len(password); left > 0; left -= md5.Size {
		h = append(h, inner[:min(left, md5.Size)]...)
	}
	for n := len(password); n > 0; n >>= 1 {
		if n&1 == 1 {
			h = append(h, 0)
		} else {
			h = append(h, password[0])
		}
	}
	sum := md5.Sum(h)
	for round := range apr1Rounds {
		sum = md5.Sum(apr1Round(h[:0], round, sum[:], password, salt))
	}
	return apr1Text(sum)
}

// apr1Round is what is hashed in one round: the pieces change places by the round's number.
func apr1Round(h []byte, round int, sum, password []byte, salt string) []byte {
	first, last := sum, password
	if round%2 == 1 {
		first, last = password, sum
	}
	h = append(h, first...)
	if round%3 != 0 {
		h = append(h, salt...)
	}
	if round%7 != 0 {
		h = append(h, password...)
	}
	return append(h, last...)
}

// apr1Text writes the digest three bytes at a time, in the format's order, lowest bits first.
func apr1Text(sum [md5.Size]byte) []byte {
	const digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	out := make([]byte, 0, 24)
	for _, triple := range [...][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		v := uint(sum[triple[0]])<<16 | uint(sum[triple[1]])<<8 | uint(sum[triple[2]])
		for range 4 {
			out = append(out, digits[v&63])
			v >>= 6
		}
	}
	return append(out, digits[sum[11]&63], digits[sum[11]>>6])
}

func join(pieces ...[]byte) []byte {
	var out []byte
	for _, p := range pieces {
		out = append(out, p...)
	}
	return out
}

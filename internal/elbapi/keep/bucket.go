package keep

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Object is the file that stands for an object of S3 in a state folder: s3/<bucket>/<key>. It refuses buckets and keys that
// would lead out of there.
func Object(dir, bucket, key string) (string, error) {
	if bucket == "" || strings.ContainsAny(bucket, `/\`) || !filepath.IsLocal(bucket) || bucket == "." {
		return "", fmt.Errorf("'%s' is no name of a bucket", bucket)
	}
	path := filepath.FromSlash(key)
	if !filepath.IsLocal(path) || filepath.Clean(path) == "." {
		return "", fmt.Errorf("'%s' is no key of an object here", key)
	}
	return filepath.Join(dir, "s3", bucket, path), nil
}

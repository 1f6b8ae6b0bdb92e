/*
 * A certificate for localhost and 127.0.0.1 that signs itself, valid until 2126, and its key. They protect nothing: tests
 * have a server with them. Made by
 *
 *   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj '/CN=millrace test' \
 *     -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'
 */

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBozCCAUmgAwIBAgIUM+QaLYYwSJxV3F6yOOV4uTC1YTAwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNbWlsbHJhY2UgdGVzdDAgFw0yNjExMjEwNjM3MzVaGA8yMTI2
MTAyODA2MzczNVowGDEWMBQGA1UEAwwNbWlsbHJhY2UgdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABAzT3HlEwUZfOq4IRCCCGYW8GglgZmZcFy4vazXEOx9G
ssF+45fM8ZeKMBguB/P0KID2uRPKnH8TO8vGlCBHs26jbzBtMB0GA1UdDgQWBBSu
e4QcO1Fs4fEEkN5rfuMiQpgsMTAfBgNVHSMEGDAWgBSue4QcO1Fs4fEEkN5rfuMi
QpgsMTAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
ATAKBggqhkjOPQQDAgNIADBFAiAx0zS9nFB07GY3/POTHGJCB8iwZIm+sR/FOPa+
ao74oQIhAKwsHlCI/J1ROIpPfIMyG5HKPn+KFd+neIA0H8Nye/Sm
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRhiCmDgrl/C+cfc6
dHvrykwdBmP7k2Nz7YiH1hIwq6WhRANCAAQM09x5RMFGXzquCEQgghmFvBoJYGZm
XBcuL2s1xDsfRrLBfuOXzPGXijAYLgfz9CiA9rkTypx/EzvLxpQgR7Nu
-----END PRIVATE KEY-----
`;

/// A certificate for this machine's loopback, signed by itself, which servers show and clients know them by.
struct ServerCertificate {
  /// The certificate, in PEM.
  let path: String
  /// Its private key, an elliptic one (P-256), in PEM.
  let keyPath: String

  /// Has OpenSSL make it in `folder`. Throws ``ChildFailure`` where it can't.
  init(in folder: ScratchFolder) throws {
    (path, keyPath) = (folder.path("server.pem"), folder.path("server.key"))
    _ = try ChildProgram(
      command: "openssl",
      ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", keyPath]
    ).finish()
    _ = try ChildProgram(
      command: "openssl",
      [
        "req", "-x509", "-key", keyPath, "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", path,
      ]
    ).finish()
  }
}

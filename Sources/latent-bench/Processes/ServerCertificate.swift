/// A self-signed certificate for the loopback interface, which servers present and clients trust.
struct ServerCertificate {
  /// The path of the certificate, in PEM.
  let path: String
  /// The path of its private key (elliptic curve, P-256), in PEM.
  let keyPath: String

  /// Creates the certificate in `folder` with OpenSSL. Throws ``ChildFailure`` if that fails.
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

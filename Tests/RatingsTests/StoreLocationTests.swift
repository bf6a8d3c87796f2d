import Errors
import Ratings
import Testing

/// Tests how store addresses are parsed, and that no text derived from one shows a password.
@Suite struct StoreLocationTests {
  @Test(arguments: [
    ("sqlite:latent.sqlite", "latent.sqlite"), ("sqlite:/var/lib/x.db", "/var/lib/x.db"),
    ("sqlite:///var/lib/x.db", "/var/lib/x.db"), ("sqlite:a b", "a b"),
    ("sqlite:/home/ann@home/x.db", "/home/ann@home/x.db"), ("sqlite::memory:", ":memory:"),
    ("sqlite:a:b", "a:b"),
  ])
  func filesAreRead(text: String, path: String) throws {
    let location = try StoreLocation(text)
    #expect(location.kind == .sqlite && location.unredacted == path)
    #expect(location.description == "sqlite:" + path)
  }

  @Test(arguments: [
    ("postgres://a@b/c", "postgres://a@b/c"), ("postgresql:///c?host=/tmp", "postgres:///tmp/c"),
    ("postgres://a:x@b:5432/c", "postgres://a@b:5432/c"), ("postgres://", "postgres:///"),
    ("postgres://a:x@h1:1,h2:2/c?sslmode=require", "postgres://a@h1:1,h2:2/c"),
    ("postgres://a@[::1]:5432/c", "postgres://a@[::1]:5432/c"),
    ("postgres://b/c?user=a@corp&port=1", "postgres://a%40corp@b:1/c"),
    ("postgres://h/c?password=x&sslpassword=y&dbname=d", "postgres://h/d"),
    ("host=h port=1 dbname=d user=a password=x", "postgres://a@h:1/d"),
    (" host = 'h 1' password='it\\'s a=b' dbname=d", "postgres://h 1/d"),
    ("dbname=d", "postgres:///d"), ("password=x\\ y host=h", "postgres://h/"),
  ])
  func serversAreRead(text: String, shown: String) throws {
    let location = try StoreLocation(text)
    #expect(location.kind == .postgres && location.unredacted == text)
    #expect(location.description == shown)
  }

  /// Addresses that contain a password, some of them malformed.
  static let addresses = [
    "postgres://ann:s3cret@h/db", "postgres://ann:se@s3cret@h/db", "postgres://:s3cret@h/db",
    "postgres://ann:se/s3cret@h/db", "postgres://ann:12/s3cret@h/db", "postgres://ann:s3cret",
    "postgres://ann:se?s3cret@h/db", "postgres://ann:s3cret/db", "postgres://ann:se cret s3cret@h",
    "postgres://h/db?user=ann&password=s3cret", "postgres://h/db?password=a@s3cret",
    "postgres://h:5432/db?password=a@s3cret&user=ann", "postgres://h/db?sslpassword=s3cret",
    "postgres://h/db?p%61ssword=s3cret", "postgres://h/db?PASSWORD=s3cret",
    "postgres://h/password=s3cret", "postgres://h/db?dbname=password%3Ds3cret",
    "postgres://h/db?port=s3cret", "postgres://h/db?dbname=postgres://ann:s3cret@h/db",
    "sqlite:postgres://ann:s3cret@h/db", "sqlite://ann:s3cret@h/db", "sqlite:ann:s3cret@h/db",
    "sqlite:postgres://h/db?password=s3cret", "sqlite:x.sqlite?password=s3cret",
    "sqlite:host=h password=s3cret", "host=h user=ann password=s3cret",
    "host=h password='a s3cret' user=ann", "host=h password = s3cret", "mysql://ann:s3cret@h/db",
    "ann:s3cret@h/db", "://ann:s3cret@h", "s3cret", "Postgres://ann:s3cret@h/db",
  ]

  @Test(arguments: addresses) func noTextShowsAPassword(address: String) {
    do {
      let location = try StoreLocation(address)
      var dumped = ""
      dump(location, to: &dumped)
      for text in [
        "\(location)", "\([location])", "\(String(reflecting: location))", dumped,
        "\(Optional(location) as Any)",
      ] {
        #expect(!text.contains("s3cret"), "\(text)")
      }
    } catch {
      #expect(error.code == .unreachable)
      #expect(!error.description.contains("s3cret"), "\(error)")
    }
  }

  @Test(arguments: ["", "latent.sqlite", "sqlite:", "sqlite://"])
  func otherTextsAreRefused(text: String) {
    #expect(throws: StoreError.self) { try StoreLocation(text) }
  }

  /// All addresses except those that are indistinguishable from innocent words.
  @Test(
    arguments: addresses.filter {
      !["s3cret", "postgres://h/db?port=s3cret"].contains($0)
    })
  func wordsOfACommandLineAreShownWithoutThem(address: String) {
    #expect(!address.withoutPasswords.contains("s3cret"), "\(address.withoutPasswords)")
    #expect(!"--store=\(address)".withoutPasswords.contains("s3cret"))
    let redaction = Redaction(of: ["users", "--store=\(address)"])
    #expect(!redaction("no command '\(address)' in x").contains("s3cret"))
    #expect(redaction("no command '\(address)' in x").hasSuffix("' in x"))
  }

  /// A server quotes the offending part of a query, not all of it.
  @Test(arguments: [
    ("'host=h password=s3cret'::float4", "host=h password=s3cret"),
    ("'postgres://u:s3cret@h/db'::int", "postgres://u:s3cret@h/db"),
    ("1 from \"postgres://u:s3cret@h/db\" where x = 'a@b'", "postgres://u:s3cret@h/db"),
    ("f('host=h password=''s3cret of mine'' port=1'), x", "s3cret of mine"),
    ("'u:s3cret@h/db'::int", "u:s3cret@h/db"),
    ("'postgres://u@h/db?password=s3cret&x=1'", "s3cret"),
  ])
  func partsOfAQueryAreShownWithoutThem(part: String, quoted: String) {
    let redaction = Redaction(of: ["--ratings-query", "select 1, 2, \(part)"])
    let shown = redaction("store: no such thing: \"\(quoted)\". Correct the query")
    #expect(!shown.contains("s3cret"), "\(shown)")
    #expect(shown.hasPrefix("store: no such thing: ") && shown.hasSuffix(". Correct the query"))
  }

  @Test func whatIsTooShortToBeFoundIsNotLookedForInParts() {
    let redaction = Redaction(of: ["select f('password=a')"])
    #expect(redaction("a table") == "a table")
    // Addresses are only matched as a whole: the password may be an ordinary word.
    let address = Redaction(of: ["postgres://latent:latent@h/latent"])
    #expect(address("latent models promote 1") == "latent models promote 1")
  }

  @Test(arguments: [
    ("postgres://ann:s3cret@db/x", "postgres://ann:***@db/x"), ("--factors=50", "--factors=50"),
    ("sqlite:/home/ann@home/x.db", "sqlite:/home/ann@home/x.db"),
    ("dir/a:b@c.csv", "dir/a:b@c.csv"),
    ("select tags::jsonb@>'{}' from t", "select tags::jsonb@>'{}' from t"),
    ("ann:s3cret@h/db", "ann:***@h/db"), ("sqlite:ann:s3cret@h", "sqlite:ann:***@h"),
    (
      "postgres://h:5432/x?passfile=/a&password=b&user=c",
      "postgres://h:5432/x?passfile=/a&password=***&user=c"
    ),
    ("postgres://[::1]:5432/x", "postgres://[::1]:5432/x"),
    ("https://x.com/@ann", "https://x.com/@ann"),
    ("select f('host=h password=''a b'' port=1')", "select f('host=h password=*** port=1')"),
  ])
  func theRestOfAWordIsKept(word: String, shown: String) {
    #expect(word.withoutPasswords == shown)
  }
}

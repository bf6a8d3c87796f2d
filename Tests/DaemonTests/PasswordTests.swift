import Daemon
import Foundation
import LineProtocol
import NIOCore
import NIOPosix
import Synchronization
import TestEnvironment
import Testing

/// Password hashes, and how many wrong passwords are checked.
struct PasswordTests {
  /// The last is from RFC 7914, section 12; Python's hashlib produced the others.
  @Test(arguments: [
    ("open sesame", String(TestUsers.reader.split(separator: ":")[2])),
    ("pässwörd 🔑", "$scrypt$ln=11,r=4,p=3$c2FsdHNhbHRzYWx0$DoNzUjFU1ebIJWO3FjRPkg"),
    (
      "pleaseletmein",
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"
    ),
  ])
  func knowsWhatOthersHashed(_ password: String, _ text: String) throws {
    let hash = try #require(PasswordHash(text))
    #expect(hash.text == text)
    #expect(hash.matches(Array(password.utf8)))
    for other in ["", password + " ", String(password.dropLast()), password.uppercased()] {
      #expect(!hash.matches(Array(other.utf8)))
    }
  }

  @Test func eachHashHasASaltOfItsOwn() throws {
    let password = Array("correct horse".utf8)
    let (one, other) = (try PasswordHash(of: password), try PasswordHash(of: password))
    #expect(one != other && one.text.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
    #expect(try #require(PasswordHash(one.text)).matches(password))
    #expect(other.matches(password) && !other.matches(Array("correct house".utf8)))
  }

  static let key = CredentialDigest.Key()

  static func digest(_ user: String, _ password: String) -> CredentialDigest {
    key.digest(of: Credentials(user: user, password: Array(password.utf8)))
  }

  @Test func digestsTellPairsApart() {
    let digest = Self.digest("ab", "c")
    #expect(digest.matches(Self.digest("ab", "c")))
    #expect(!digest.matches(Self.digest("a", "bc")) && !digest.matches(Self.digest("ab", "d")))
    let other = CredentialDigest.Key().digest(of: Credentials(user: "ab", password: [0x63]))
    #expect(!digest.matches(other))
  }

  static func address(_ number: Int) throws -> ClientAddress {
    ClientAddress(
      try SocketAddress(
        ipAddress: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)", port: 1))
  }

  @Test func anAddressMayBeWrongSoOftenAndHasItsTriesBackInTime() throws {
    let time = StoppingTests.MovableClock()
    let failures = FailedLogins(clock: time.clock)
    let address = try Self.address(1)
    var decisions = 0
    func isWrong(_ password: String, from address: ClientAddress) -> FailedLogins.Decision {
      let digest = Self.digest("app", password)
      let decision = failures.begin(digest, from: address)
      if decision == .mayTry { failures.settle(digest, from: address, isRight: false) }
      return decision
    }
    while isWrong("\(decisions)", from: address) == .mayTry, decisions < 1000 { decisions += 1 }
    #expect(decisions == FailedLogins.burst)
    guard case .hasToWait(let wait) = isWrong("last", from: address) else {
      Issue.record("it need not wait")
      return
    }
    #expect(wait > .zero && wait <= FailedLogins.interval)
    // Other addresses are not affected.
    #expect(isWrong("last", from: try Self.address(2)) == .mayTry)
    time.move(FailedLogins.interval)
    #expect(isWrong("last", from: address) == .mayTry)
    #expect(isWrong("one more", from: address) != .mayTry)
    time.move(FailedLogins.interval * 1000)
    decisions = 0
    while isWrong("\(decisions) again", from: address) == .mayTry, decisions < 1000 {
      decisions += 1
    }
    #expect(decisions == FailedLogins.burst)
  }

  @Test func theSameWrongPasswordCountsOnce() throws {
    let failures = FailedLogins()
    let address = try Self.address(1)
    let digest = Self.digest("app", "old")
    #expect(failures.begin(digest, from: address) == .mayTry)
    failures.settle(digest, from: address, isRight: false)
    for _ in 0..<1000 { #expect(failures.begin(digest, from: address) == .isWrong) }
    #expect(failures.begin(Self.digest("app", "new"), from: address) == .mayTry)
    failures.forgetWrong()
    #expect(failures.begin(digest, from: address) == .mayTry)
  }

  @Test func whatIsRightCostsNothing() throws {
    let failures = FailedLogins()
    let address = try Self.address(1)
    let digest = Self.digest("app", "right")
    // All at once, then one after the other.
    for _ in 0..<1000 { #expect(failures.begin(digest, from: address) == .mayTry) }
    for _ in 0..<1000 { failures.settle(digest, from: address, isRight: true) }
    for _ in 0..<1000 {
      #expect(failures.begin(digest, from: address) == .mayTry)
      failures.settle(digest, from: address, isRight: true)
    }
    #expect(failures.addressCount == 0)
  }

  @Test func noMoreAddressesAreKnownThanMayBe() throws {
    let failures = FailedLogins()
    for number in 0..<FailedLogins.addressLimit + 500 {
      let digest = Self.digest("app", "\(number)")
      let address = try Self.address(number)
      #expect(failures.begin(digest, from: address) == .mayTry)
      failures.settle(digest, from: address, isRight: false)
    }
    #expect(failures.addressCount == FailedLogins.addressLimit)
  }

  @Test func anIPv6NetworkIsOneClient() throws {
    func address(_ text: String) throws -> ClientAddress {
      ClientAddress(try SocketAddress(ipAddress: text, port: 7))
    }
    #expect(try address("2001:db8:1:2::3") == address("2001:db8:1:2:ffff::4"))
    #expect(try address("2001:db8:1:2::3") != address("2001:db8:1:3::3"))
    #expect(try address("10.0.0.1") != address("10.0.0.2"))
    #expect(try address("10.0.0.1") == address("::ffff:10.0.0.1"))
    #expect(ClientAddress(nil) == .local)
    #expect(try "\(address("10.0.0.1"))" == "10.0.0.1")
    #expect(try "\(address("2001:db8:1:2::3"))" == "2001:db8:1:2::/64")
    #expect(try "\(address("::1"))" == "::1")
    #expect("\(ClientAddress.local)" == "the Unix socket")
  }

  /// A client that guesses many passwords does not delay clients at other addresses.
  @Test func oneAddressAfterTheOtherIsLookedAt() async throws {
    let folder = try TemporaryFolder()
    let access = try TestUsers.access(folder, LogLines().logger)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let guesser = ClientAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
    let other = ClientAddress(try SocketAddress(ipAddress: "192.0.2.2", port: 1))
    // Nothing is checked until all are waiting.
    let allWait = DispatchSemaphore(value: 0)
    let wrongCount = Atomic(0)
    let isWanted = { @Sendable in
      allWait.wait()
      allWait.signal()
      return true
    }
    for number in 0..<16 {
      let guess = Credentials(user: "reader", password: Array("guess \(number)".utf8))
      access.check(guess, from: guesser, on: loop, isWanted: isWanted) { _ in
        wrongCount.add(1, ordering: .relaxed)
      }
    }
    let password = Array(try #require(TestUsers.passwords["writer"]).utf8)
    let (isAdmitted, count) = await withCheckedContinuation { continuation in
      access.check(Credentials(user: "writer", password: password), from: other, on: loop) {
        let isAdmitted = if case .admitted = $0 { true } else { false }
        continuation.resume(returning: (isAdmitted, wrongCount.load(ordering: .relaxed)))
      }
      allWait.signal()
    }
    #expect(isAdmitted && count <= 2, "\(count) of 16 went before")
  }
}

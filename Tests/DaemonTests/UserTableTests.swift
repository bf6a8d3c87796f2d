import Daemon
import Errors
import Foundation
import LineProtocol
import TestEnvironment
import Testing

/// The users file: its allowed contents, who may read it, how it is changed.
struct UserTableTests {
  @Test func readsWhatStandsThere() throws {
    let text = "# who may\n\n\(TestUsers.reader)\r\n\(TestUsers.chief)\n"
    let table = try UserTable(reading: text, of: "users")
    #expect(table.count == 2)
    #expect(table["reader"]?.role == .read && table["chief"]?.role == .admin)
    #expect(table["reader"]?.line == TestUsers.reader)
    #expect(table["nobody"] == nil)
  }

  @Test(arguments: [
    ("reader", "not of the form name:role:hash"), ("reader:read", "not of the form name:role:hash"),
    (":read:x", "'' is not a valid user name"), ("zoë:read:x", "'zoë' is not a valid user name"),
    ("a b:read:x", "'a b' is not a valid user name"), ("a:reed:x", "unknown role: 'reed'"),
    ("a:read:secret", "password of a is not an scrypt hash"),
    ("a:read:", "password of a is not an scrypt hash"),
    ("a:read:$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "is not an scrypt hash"),
    ("a:read:$scrypt$ln=1,r=8,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "is not an scrypt hash"),
    ("a:read:$scrypt$ln=15,r=32,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "is not an scrypt hash"),
    ("a:read:$scrypt$ln=15,r=8,p=99$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "is not an scrypt hash"),
    ("a:read:$scrypt$ln=15,r=8,p=1$c2Fsd$c2FsdHNhbHRzYWx0c2FsdA", "is not an scrypt hash"),
    ("a:read:$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0", "is not an scrypt hash"),
    (TestUsers.writer, "the user writer appears twice"),
  ])
  func aBadLineIsNamedByItsNumber(_ line: String, _ problem: String) throws {
    let text = "# comment\n\(TestUsers.writer)\n\(line)\n\(TestUsers.chief)\n"
    let error = #expect(throws: AccessError.self) { try UserTable(reading: text, of: "users") }
    #expect(error?.code == .badUsers && error?.place == "users:3")
    #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    #expect(error.map { !"\($0)".contains("secret") } == true)
  }

  @Test func thereAreNotMoreUsersThanMayBe() throws {
    let hash = TestUsers.reader.split(separator: ":", maxSplits: 1)[1]
    let lines = (0...UserTable.countLimit).map { "user\($0):\(hash)\n" }.joined()
    let error = #expect(throws: AccessError.self) { try UserTable(reading: lines, of: "users") }
    #expect(error?.place == "users:\(UserTable.countLimit + 1)")
  }

  @Test(arguments: [0o604, 0o602, 0o620, 0o666, 0o601])
  func aFileThatOthersReachIsRefused(_ mode: Int) throws {
    let folder = try TemporaryFolder()
    let file = try TestUsers.write(TestUsers.all, in: folder)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    let error = #expect(throws: AccessError.self) { try file.read() }
    #expect(error?.code == .exposed && error?.place == file.path)
    #expect(error?.problem.contains("mode is \(String(mode, radix: 8))") == true)
    // The file is not changed either.
    #expect(throws: AccessError.self) { try file.change { _ = $0.remove("reader") } }
    for good in [0o600, 0o640, 0o400] {
      try FileManager.default.setAttributes([.posixPermissions: good], ofItemAtPath: file.path)
      #expect(try file.read().count == 4)
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, "/dev/zero", folder.path("none")] {
      #expect(throws: AccessError.self) { try UsersFile(path: path).read() }
    }
  }

  @Test func aFileWithLineEndsOfWindowsIsChangedLineByLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("# ours\r\n\(TestUsers.chief)\r\n", to: "users")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    let reader = try #require(UserTable(reading: TestUsers.reader, of: "test")["reader"])
    try UsersFile(path: path).change { $0.set(reader) }
    #expect(try UsersFile(path: path).read().count == 2)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("# ours\n"))
  }

  @Test func aNewFileIsForItsOwnerAndAnOldOneKeepsItsModeLinkAndComments() throws {
    let folder = try TemporaryFolder()
    let table = try UserTable(reading: TestUsers.all.joined(separator: "\n"), of: "test")
    let reader = try #require(table["reader"])
    let file = UsersFile(path: folder.path("new"))
    try file.change { $0.set(reader) }
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(file.path) == 0o600)
    try folder.write("# ours\n\(TestUsers.chief)\n# theirs\n\(TestUsers.writer)\n", to: "old")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: folder.path("old"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "old")
    try UsersFile(path: folder.path("link")).change {
      $0.set(reader)
      let removals = ($0.remove("writer"), $0.remove("writer"))
      #expect(removals.0 && !removals.1)
    }
    #expect(try mode(folder.path("old")) == 0o640)
    #expect(
      try String(contentsOfFile: folder.path("link"), encoding: .utf8)
        == "# ours\n\(TestUsers.chief)\n\(TestUsers.reader)\n")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["link", "new", "old"])
  }

  @Test func manyChangesAtOnceAllCount() async throws {
    let folder = try TemporaryFolder()
    let hash = try #require(PasswordHash(TestUsers.reader.split(separator: ":")[2]))
    let file = UsersFile(path: folder.path("users"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await onThread {
            try file.change { $0.set(.init(name: "user\(number)", role: .read, hash: hash)) }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try file.read().count == 20)
  }
}

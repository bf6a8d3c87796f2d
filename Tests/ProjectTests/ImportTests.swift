import Foundation
import TestEnvironment
import Testing

/// Compares the module diagram's arrows with the actual imports, because the compiler lets a file import any module
/// that happens to be built.
struct ImportTests {
  struct PackageDescription: Decodable {
    struct Target: Decodable {
      let name: String
      let path: String
      let type: String
      let targetDependencies: [String]?
      let productDependencies: [String]?
    }
    let targets: [Target]
  }

  /// Modules of the toolchain and the system.
  static let systemModules: Set<String> = [
    "Foundation", "Glibc", "Darwin", "Dispatch", "Synchronization", "Testing", "Swift",
    "PackageDescription", "RegexBuilder",
  ]

  /// Modules whose product has another name.
  static let modulesOfProducts: [String: Set<String>] = [
    "ServiceLifecycle": ["ServiceLifecycle", "UnixSignals"]
  ]

  static func targets() throws -> [PackageDescription.Target] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // A separate scratch folder, because the running tests lock the usual one.
    let scratch = try TemporaryFolder()
    process.arguments = [
      "swift", "package", "--package-path", ProjectFolder.path, "--scratch-path", scratch.path,
      "describe", "--type", "json",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(PackageDescription.self, from: data).targets
  }

  static func swiftFiles(in folder: String) throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
    return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
      .map { folder + "/" + $0 }
  }

  static func imports(of file: String) throws -> Set<String> {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let pattern =
      #/^\s*(?:(?:package|public|internal|private|fileprivate|@\w+)\s+)*import\s+(?:(?:struct|class|enum|func|protocol|let|var|typealias)\s+)?(\w+)/#
    return Set(
      text.split(separator: "\n").compactMap { line in
        (try? pattern.firstMatch(in: line)).map { String($0.1) }
      })
  }

  @Test func everyImportIsADeclaredDependencyAndEveryDependencyIsUsed() throws {
    let targets = try Self.targets()
    #expect(targets.count > 20)
    for target in targets where ["library", "executable", "test"].contains(target.type) {
      let targetDependencies = Set(target.targetDependencies ?? [])
      let declared =
        targetDependencies
        .union(
          (target.productDependencies ?? []).flatMap { Self.modulesOfProducts[$0] ?? [$0] })
      var imported: Set<String> = []
      for file in try Self.swiftFiles(in: ProjectFolder.path + "/" + target.path) {
        let ofFile = try Self.imports(of: file).subtracting(Self.systemModules)
        let undeclared = ofFile.subtracting(declared)
        #expect(undeclared.isEmpty, "\(file) imports \(undeclared.sorted()), not declared")
        imported.formUnion(ofFile)
      }
      let programs: Set<String> = ["latent", "latent-bench"]  // run by tests, never imported
      let unused = targetDependencies.subtracting(imported).subtracting(programs)
      #expect(unused.isEmpty, "\(target.name) declares \(unused.sorted()) and imports none of it")
    }
  }

  @Test func eachCLibraryIsImportedByOneSwiftTarget() throws {
    let targets = try Self.targets()
    let libraries = targets.filter { $0.type == "system-target" }.map(\.name)
    #expect(libraries.count >= 9)
    for library in libraries {
      let users = targets.filter { ($0.targetDependencies ?? []).contains(library) }.map(\.name)
      #expect(users.count == 1, "\(library) is imported by \(users)")
    }
  }
}

import Errors
import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Only one training runs at a time, and the second is told who holds the lock.
struct TrainingLockTests {
  static func refusal(_ registry: ModelRegistry) -> ModelFileError? {
    do throws(ModelFileError) {
      _ = try TrainingLock(of: registry, command: "second")
      return nil
    } catch {
      return error
    }
  }

  @Test func theSecondIsToldWhoHoldsIt() throws {
    let folder = try TemporaryFolder()
    let registry = ModelRegistry(folder.path("deep/models"), forms: [])
    do {
      let lock = try TrainingLock(
        of: registry, command: "latent train --factors 50")
      let refusal = try #require(Self.refusal(registry))
      #expect(refusal.code == .busy && refusal.place == registry.folder)
      #expect(refusal.problem.contains("process \(getpid()) on "))
      #expect(refusal.problem.contains("`latent train --factors 50`"))
      #expect(refusal.problem.contains(#/since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#))
      #expect(Self.refusal(ModelRegistry(folder.path("other"), forms: [])) == nil)
      withExtendedLifetime(lock) {}
    }
    #expect(Self.refusal(registry) == nil)
  }

  @Test(arguments: [nil, 0o644]) func itsFileIsForItsOwnerAlone(_ before: Int?) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(".training.lock")
    if let before {
      #expect(
        FileManager.default.createFile(
          atPath: path, contents: nil, attributes: [.posixPermissions: before]))
    }
    let lock = try TrainingLock(
      of: ModelRegistry(folder.path, forms: []), command: "latent train")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    withExtendedLifetime(lock) {}
  }

  @Test func killingTheHolderFreesIt() throws {
    let folder = try TemporaryFolder()
    let registry = ModelRegistry(folder.path, forms: [])
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    holder.arguments = [
      "flock", "--no-fork", folder.path(".training.lock"), "sh", "-c", "echo held; exec cat",
    ]
    let (input, output) = (Pipe(), Pipe())
    holder.standardInput = input
    holder.standardOutput = output
    try holder.run()
    #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
    #expect(Self.refusal(registry)?.code == .busy)
    #expect(kill(holder.processIdentifier, SIGKILL) == 0)
    holder.waitUntilExit()
    #expect(Self.refusal(registry) == nil)
  }
}

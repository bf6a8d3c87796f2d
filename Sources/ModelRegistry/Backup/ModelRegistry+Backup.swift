import Errors
import Foundation

/// The contents of a copy of a registry.
package struct RegistryCopy: Sendable {
  /// The digests of the files, keyed by path relative to the registry's folder.
  package fileprivate(set) var files: [String: FileDigest] = [:]
  /// The targets of the symbolic links, keyed by path.
  package fileprivate(set) var links: [String: String] = [:]
  /// The errors of the versions that were left out because they are damaged.
  package fileprivate(set) var damaged: [ModelFileError] = []

  package init() {}
}

extension ModelRegistry {
  /// The folder of the records of nightly runs.
  private static let records = ".nightly/"
  /// The maximum number of passes over a name whose versions change during the copy.
  private static let mostRounds = 100

  /// Copies all published versions and the records of nightly runs to `target`.
  ///
  /// Safe to run while versions are published, promoted and pruned: each name is copied as of a single moment. Staged
  /// versions and checkpoints of a training in progress are not copied. Damaged versions are left out. Throws if the
  /// version in service is damaged.
  package func copy(into target: String) throws(ModelFileError) -> RegistryCopy {
    var copy = RegistryCopy()
    for name in try allNames() { try self.copy(versions(of: name), into: target, &copy) }
    for name in try Folder.contents(of: folder + "/" + Self.records)
    where name.hasSuffix(".json") {
      try take(Self.records + name, into: target, &copy)
    }
    return copy
  }

  private func copy(
    _ versions: ModelVersions, into target: String, _ copy: inout RegistryCopy
  ) throws(ModelFileError) {
    var taken: [Int: RegistryCopy] = [:]
    for _ in 0..<Self.mostRounds {
      for version in try versions.all() where taken[version] == nil {
        taken[version] = try self.copy(of: version, of: versions, into: target)
      }
      let own = taken
      let settled = try versions.whileChanging { () throws(ModelFileError) -> RegistryCopy? in
        try settle(versions, with: own, into: target)
      }
      guard let settled else { continue }
      copy.files.merge(settled.files) { $1 }
      copy.links.merge(settled.links) { $1 }
      copy.damaged += settled.damaged
      return
    }
    throw ModelFileError(
      .busy, "its versions change faster than they are copied", place: versions.folder,
      remedy: "Try again when less is published.")
  }

  /// Returns the final copy of a name, including the version in service, or nil if some version has not been copied
  /// yet. Call only from `whileChanging(_:)`.
  private func settle(
    _ versions: ModelVersions, with taken: [Int: RegistryCopy], into target: String
  ) throws(ModelFileError) -> RegistryCopy? {
    let all = try versions.all()
    guard all.allSatisfy({ taken[$0] != nil }) else { return nil }
    var settled = RegistryCopy()
    for (version, copy) in taken {
      // A version removed meanwhile, such as one of a forgotten person, must not stay in the copy.
      guard all.contains(version) else {
        try Folder.remove("\(target)/\(versions.name)/\(VersionNumber.linkTarget(version))")
        continue
      }
      settled.files.merge(copy.files) { $1 }
      settled.damaged += copy.damaged
    }
    guard let current = try versions.current() else { return settled }
    if let flaw = taken[current]?.damaged.first { throw flaw }
    settled.links["\(versions.name)/current"] = VersionNumber.linkTarget(current)
    try take("\(versions.name)/\(ServiceHistory.fileName)", into: target, &settled)
    return settled
  }

  /// Copies the files of a version. Returns an empty copy if the version is damaged or was removed meanwhile.
  private func copy(
    of version: Int, of versions: ModelVersions, into target: String
  ) throws(ModelFileError) -> RegistryCopy {
    let path = "\(versions.name)/\(VersionNumber.linkTarget(version))"
    var copy = RegistryCopy()
    do throws(ModelFileError) {
      let manifest = try versions.manifest(of: version)
      for name in ["manifest.json"] + manifest.files.map({ $0.role.fileName }) {
        try take("\(path)/\(name)", into: target, &copy)
      }
      for file in manifest.files where copy.files["\(path)/\(file.role.fileName)"] != file.digest {
        throw .damaged(
          .altered, "it is not the file that was published",
          versions.modelPath(of: version, file.role))
      }
    } catch {
      guard error.code.isDamage else { throw error }
      try Folder.remove("\(target)/\(path)")
      copy = RegistryCopy()
      if try versions.all().contains(version) { copy.damaged = [error] }
    }
    return copy
  }

  private func take(
    _ path: String, into target: String, _ copy: inout RegistryCopy
  ) throws(ModelFileError) {
    do throws(ModelFileError) {
      copy.files[path] = try FileCopy.make(of: "\(folder)/\(path)", at: "\(target)/\(path)")
    } catch {
      // The history may not exist yet or be empty; the oldest records may be removed during the copy.
      guard ServiceHistory.stands(at: path) || path.hasPrefix(Self.records),
        [.missing, .truncated].contains(error.code)
      else {
        throw error
      }
    }
  }
}

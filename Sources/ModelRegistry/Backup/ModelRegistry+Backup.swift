import Errors
import Foundation

/// What a copy of a registry holds.
package struct RegistryCopy: Sendable {
  /// The digests of its files, by their paths beneath the registry's folder.
  package fileprivate(set) var files: [String: FileDigest] = [:]
  /// Where its links lead, by their paths.
  package fileprivate(set) var links: [String: String] = [:]
  /// The versions that were left out, since they are damaged.
  package fileprivate(set) var damaged: [ModelFileError] = []

  package init() {}
}

extension ModelRegistry {
  /// Where the records of nightly runs stand.
  private static let records = ".nightly/"
  /// How often a name is gone through again whose versions change meanwhile.
  private static let mostRounds = 100

  /// Copies all that is published, and the records of nightly runs, into `target`: while versions are published, promoted and pruned.
  /// Of each name the copy is what was there at one moment. Nothing of a training under way is in it. Throws where the version in
  /// service is damaged; others that are, are left out.
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

  /// What the name comes to, with what is in service; nil while a version is not copied. Only while nothing changes.
  private func settle(
    _ versions: ModelVersions, with taken: [Int: RegistryCopy], into target: String
  ) throws(ModelFileError) -> RegistryCopy? {
    let all = try versions.all()
    guard all.allSatisfy({ taken[$0] != nil }) else { return nil }
    var settled = RegistryCopy()
    for (version, copy) in taken {
      // One that is gone by now, such as that of a person who was forgotten, is in no copy.
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

  /// The copy of a version's files; of one that is damaged, or is removed meanwhile, there are none.
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
      // No history was written yet, or an empty file; a record that is removed meanwhile, as the oldest are.
      guard ServiceHistory.stands(at: path) || path.hasPrefix(Self.records),
        [.missing, .truncated].contains(error.code)
      else {
        throw error
      }
    }
  }
}

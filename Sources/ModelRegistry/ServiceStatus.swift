import Errors

/// Which version of a model is in service, and which one a rollback would put there.
package struct ServiceStatus: Sendable {
  /// What a version is to those who serve, as people are told.
  package enum Status: String, Sendable {
    /// The daemon serves it.
    case inService = "in service"
    /// A rollback would put it in service.
    case rollback
  }

  /// The version in service; nil when there is none, or it can't be told.
  package let current: Int?
  /// The newest of ``ModelVersions/rollbackCandidates()`` that is of the size that it had when
  /// published; nil when there is none, or it can't be told.
  package let rollbackTarget: Int?
  /// Why something can't be told.
  package let problems: [ModelFileError]

  /// What `version` is; nil when it is one of many.
  package func status(of version: Int) -> Status? {
    if version == current { return .inService }
    return version == rollbackTarget ? .rollback : nil
  }
}

extension ModelVersions {
  /// The state of the versions, as far as it can be told. Reads none through.
  package func serviceStatus() -> ServiceStatus {
    var problems: [ModelFileError] = []
    func known(_ read: () throws(ModelFileError) -> Int?) -> Int? {
      do throws(ModelFileError) { return try read() } catch {
        problems.append(error)
        return nil
      }
    }
    let current = known(current)
    let target = known { () throws(ModelFileError) -> Int? in
      try Self.firstWhole(of: try rollbackCandidates()) { version throws(ModelFileError) in
        try verifySize(of: version)
      }.version
    }
    return ServiceStatus(current: current, rollbackTarget: target, problems: problems)
  }
}

import Errors
package import ModelRegistry

extension ModelVersions {
  /// Holds that the file of `version` is the one that was published, and that its contents make
  /// sense. O(file size).
  ///
  /// Throws as ``ModelRegistry/ModelVersions/verify(_:)``, ``StoredModel/open(_:)`` and
  /// ``ScoredModel/verifyContents()`` do.
  package func verifyWithContents(_ version: Int) throws(ModelFileError) {
    try verify(version)
    try explainingDamage(to: version) { () throws(ModelFileError) in
      try StoredModel.open(modelPath(of: version)).verifyContents()
    }
  }

  /// The model of `version`, opened without reading it through.
  ///
  /// Throws as ``StoredModel/open(_:)`` does, with the remedy for what is in service.
  package func openModel(_ version: Int) throws(ModelFileError) -> any ScoredModel {
    try checkThere(version)
    return try explainingDamage(to: version) { () throws(ModelFileError) in
      try StoredModel.open(modelPath(of: version))
    }
  }
}

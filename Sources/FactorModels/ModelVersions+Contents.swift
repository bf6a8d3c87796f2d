import ExplainedErrors
package import ModelFiles

extension ModelVersions {
  /// Holds that the file of `version` is the one that was published, and that its contents make
  /// sense. O(file size).
  ///
  /// Throws as ``ModelFiles/ModelVersions/verify(_:)``, ``StoredModel/open(_:)`` and
  /// ``ScoredModel/verifyContents()`` do.
  package func verifyWithContents(_ version: Int) throws(ModelFileError) {
    try verify(version)
    try StoredModel.open(modelPath(of: version)).verifyContents()
  }
}

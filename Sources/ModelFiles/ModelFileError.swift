/// What went wrong with a model file or a registry of models: what, where, and what to do about it.
///
/// Whatever was in service before still is.
package struct ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable, CaseIterable {
    /// There is no such file, version or model.
    case missing
    /// The system denies access.
    case permissionDenied
    /// A folder, pipe or device stands where a file is expected.
    case notAFile
    /// Reading or writing failed, or the disk is full.
    case inputOutput
    /// The file ends before its header says it should.
    case truncated
    /// The header is not what the safetensors format allows.
    case badHeader
    /// The header is longer than Latent reads.
    case headerTooLarge
    /// Offsets lie outside the data, overlap, leave holes, or do not fit shape and type.
    case badOffsets
    /// An element type that Latent does not read.
    case unknownElementType
    /// A safetensors file, but not a model of this kind.
    case foreign
    /// The file, or its manifest, was written by a newer Latent.
    case tooNew
    /// A tensor that a model of this kind must have is not there.
    case missingTensor
    /// A tensor has the wrong element type or shape, or is not aligned to its elements.
    case wrongTensor
    /// The tensors' contents contradict each other: ids out of order, indices out of range, NaN ...
    case badContents
    /// The manifest can't be read, or says something else than the file.
    case badManifest
    /// The file is not the one that was published: its SHA-256 differs.
    case altered
    /// A model's name has characters that it may not have.
    case badName
    /// `current` is not a link to a version, or the version it links to is not there.
    case badCurrent
    /// Another process holds the lock.
    case busy
    /// There is no version to go back to.
    case nothingToRollBackTo
  }

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The file or folder it happened to.
  package let place: String
  /// What the reader can do.
  package let remedy: String

  /// An error whose `problem` may quote a file: control characters in it, which could drive a
  /// terminal, are replaced, and what is over 300 characters is cut.
  package init(_ code: Code, _ problem: String, place: String, remedy: String) {
    self.code = code
    var shown = String.UnicodeScalarView()
    for scalar in problem.unicodeScalars.prefix(300) {
      shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    self.problem = String(shown)
    self.place = place
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem). \(remedy)" }
}

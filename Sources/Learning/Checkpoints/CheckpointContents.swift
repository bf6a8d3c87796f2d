import Crypto
import Errors
import ModelRegistry
import Synchronization
import TensorCore

/// The tensors of a checkpoint file: the state's tensors, its texts as JSON, and finally a digest of all of these and
/// the metadata.
struct CheckpointContents {
  let state: SavedState

  /// The names of the additional tensors. The leading dot keeps them distinct from the state's names.
  private static let textsName = ".texts"
  private static let digestName = ".digest"
  private static let digestByteCount = 32

  init(state: SavedState) { self.state = state }

  /// Reads the contents of `file`. Throws if they do not match the digest.
  init(verifying file: SafetensorsFile) throws(ModelFileError) {
    let digest = RunningDigest()
    digest.add(file.metadata)
    var state = SavedState()
    for name in file.tensorNames where name != Self.digestName {
      guard let stored = file.tensor(named: name) else { continue }
      digest.add(name, stored.elementType, stored.shape)
      let tensor = stored.tensor()
      digest.add(tensor)
      guard name != Self.textsName else {
        let bytes: [UInt8] = try stored.copy()
        do throws(TrainingError) {
          let text = String(decoding: bytes, as: UTF8.self)
          state.texts = try decodedExactly([String: String].self, from: text)
        } catch {
          throw ModelFileError(
            .badContents, "its texts can't be read", place: file.path,
            remedy: "It can't be resumed.")
        }
        continue
      }
      state.add(
        SavedState.Entry(
          name: name, elementType: stored.elementType, shape: stored.shape
        ) { stored.tensor() })
    }
    let found: [UInt8] = try file.tensor(named: Self.digestName)?.copy() ?? []
    guard found == digest.value else {
      throw ModelFileError(
        .altered, "its contents do not match their digest", place: file.path,
        remedy: "It can't be resumed.")
    }
    self.state = state
  }

  /// Returns the tensors to write, in order. The digest covers what was written before it.
  func outgoing(_ metadata: [String: String]) -> [OutgoingTensor] {
    let digest = RunningDigest()
    digest.add(metadata)
    let bytes = Array(encodedExactly(state.texts).utf8)
    let texts = Tensor([bytes.count], bytes)
    let entries =
      state.entries
      + [
        SavedState.Entry(
          name: Self.textsName, elementType: .uint8, shape: texts.shape
        ) { texts }
      ]
    var outgoing = entries.map { entry in
      OutgoingTensor(entry.name, entry.elementType, entry.shape) {
        (stream) throws(ModelFileError) in
        let tensor: Tensor
        do throws(TrainingError) { tensor = try entry.tensor() } catch {
          throw ModelFileError(
            .inputOutput, error.problem, place: error.place, remedy: error.remedy)
        }
        digest.add(entry.name, entry.elementType, entry.shape)
        digest.add(tensor)
        try stream.append(tensor)
      }
    }
    outgoing.append(
      OutgoingTensor(Self.digestName, .uint8, [Self.digestByteCount]) {
        (stream) throws(ModelFileError) in try stream.append(digest.value)
      })
    return outgoing
  }
}

/// An incremental SHA-256 of names, shapes and elements.
private final class RunningDigest: Sendable {
  private let hash = Mutex(SHA256())

  /// Adds named texts, sorted by name.
  func add(_ texts: [String: String]) {
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) { add(name, text) }
  }

  /// Adds a tensor's header entry.
  func add(_ name: String, _ elementType: ElementType, _ shape: Shape) {
    add(name, elementType.rawValue, shape.description)
  }

  /// Adds a tensor's elements.
  func add(_ tensor: Tensor) {
    // The writer requests tensors one after another, so nothing is added in between.
    var hash = hash.withLock { $0 }
    tensor.withBytes { hash.update(bufferPointer: $0) }
    self.hash.withLock { [hash] in $0 = hash }
  }

  /// The digest so far.
  var value: [UInt8] { hash.withLock { Array($0.finalize()) } }

  private func add(_ texts: String...) {
    for text in texts {
      // The length comes first, so that no two lists of texts give the same bytes.
      hash.withLock { $0.update(data: Array("\(text.utf8.count) \(text)".utf8)) }
    }
  }
}

import Errors
package import TensorCore

/// An object whose state is part of a checkpoint (PyTorch's `state_dict` and `load_state_dict`).
package protocol Stateful: AnyObject {
  /// Returns everything that further computation depends on.
  func state() -> SavedState
  /// Restores a state. Throws `badState` if it is of another kind.
  func restore(_ state: SavedState) throws(TrainingError)
}

/// A trainable object, whose state includes weights that can also be saved on their own.
package protocol Trainable: Stateful {
  /// Returns what predictions depend on: the current weights and buffers.
  func weights() throws(TrainingError) -> SavedState
  /// Replaces the weights. Throws `badState` if they belong to another model.
  func restoreWeights(_ weights: SavedState) throws(TrainingError)
}

/// The saved state of a training or a part of it, for resuming: tensors and texts by name.
///
///     var state = SavedState()
///     state.add("factors", factors)
///     state.texts["sweeps"] = "3"
package struct SavedState: Sendable {
  /// A tensor with its metadata, whose elements are loaded on demand.
  package struct Entry: Sendable {
    package let name: String
    package let elementType: ElementType
    package let shape: Shape
    /// Computes or reads the tensor. Unless the state is ``held()``, it is valid only until the next step.
    package let tensor: @Sendable () throws(TrainingError) -> Tensor

    package init(
      name: String, elementType: ElementType, shape: Shape,
      tensor: @escaping @Sendable () throws(TrainingError) -> Tensor
    ) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.tensor = tensor
    }

    /// Returns the entry under another name.
    func named(_ name: String) -> Entry {
      Entry(name: name, elementType: elementType, shape: shape, tensor: tensor)
    }
  }

  /// The entries in insertion order.
  package private(set) var entries: [Entry] = []
  package var texts: [String: String] = [:]
  private var positions: [String: Int] = [:]

  package init() {}

  /// Whether the state has no tensors or texts.
  package var isEmpty: Bool { entries.isEmpty && texts.isEmpty }

  /// Adds a tensor that is computed on demand. Traps if the name is taken.
  package mutating func add(_ entry: Entry) {
    precondition(positions[entry.name] == nil, "two tensors \(entry.name)")
    positions[entry.name] = entries.count
    entries.append(entry)
  }

  /// Adds a tensor. Traps if the name is taken.
  package mutating func add(_ name: String, _ tensor: Tensor) {
    add(
      Entry(name: name, elementType: tensor.elementType, shape: tensor.shape) { () in tensor })
  }

  /// Adds the contents of `part`, with `prefix` and a dot before each name.
  package mutating func add(_ part: SavedState, under prefix: String) {
    for entry in part.entries { add(entry.named("\(prefix).\(entry.name)")) }
    for (name, text) in part.texts { texts["\(prefix).\(name)"] = text }
  }

  /// Returns what ``add(_:under:)`` added under `prefix`.
  package func part(_ prefix: String) -> SavedState {
    let start = prefix + "."
    var part = SavedState()
    for entry in entries where entry.name.hasPrefix(start) {
      part.add(entry.named(String(entry.name.dropFirst(start.count))))
    }
    for (name, text) in texts where name.hasPrefix(start) {
      part.texts[String(name.dropFirst(start.count))] = text
    }
    return part
  }

  /// Returns a copy with all tensors loaded, which further training does not change.
  package func held() throws(TrainingError) -> SavedState {
    var held = SavedState()
    held.texts = texts
    for entry in entries { held.add(entry.name, try entry.tensor()) }
    return held
  }
}

extension SavedState {
  /// Returns the tensor of that name. Throws `badState` if it is missing or has another type or shape.
  package func tensor(
    _ name: String, _ shape: Shape, _ elementType: ElementType = .float32
  ) throws(TrainingError) -> Tensor {
    guard let position = positions[name] else { throw .badState("there is no tensor \(name)") }
    let entry = entries[position]
    guard entry.shape == shape, entry.elementType == elementType else {
      throw .badState(
        "the tensor \(name) is \(entry.elementType.rawValue) of \(entry.shape), and should be "
          + "\(elementType.rawValue) of \(shape)")
    }
    return try entry.tensor()
  }

  /// Returns the value parsed from the text of that name. Throws `badState` if it is missing or invalid.
  package func value<Value: LosslessStringConvertible>(
    _ name: String, of type: Value.Type = Value.self
  ) throws(TrainingError) -> Value {
    guard let text = texts[name], let value = Value(text) else {
      throw .badState("\(name) is \(texts[name].map { "'\($0)'" } ?? "missing")")
    }
    return value
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// Creates the error for a saved state that does not belong to this training.
  package static func badState(_ problem: String) -> TrainingError {
    TrainingError(
      .badState, problem, place: "saved training state",
      remedy: "It belongs to another training run, or is damaged.")
  }
}

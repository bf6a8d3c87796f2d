import Errors
package import Layers
package import ModelRegistry
import TensorCore

/// Reading a module's parameters and buffers from a safetensors file.
package enum ParameterLoading {
  /// Sets every parameter and buffer of `module` from the tensor of its name in `file`.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` and changes nothing unless the file holds just what the
  /// module has: each name that is missing, unknown, of another shape or of another element type is
  /// listed. `skipped` are name prefixes that may differ, such as `fc.` for a head of other classes:
  /// they are left as they are.
  package static func load(
    _ module: some Module, from file: SafetensorsFile, skipping skipped: [String] = []
  ) throws(ModelFileError) {
    var slots = module.namedParameters().map { named in
      Slot(name: named.name, current: named.parameter.value) { named.parameter.value = $0 }
    }
    slots += module.namedBuffers().map { named in
      Slot(name: named.name, current: named.buffer.value) { named.buffer.value = $0 }
    }
    func isSkipped(_ name: String) -> Bool { skipped.contains { name.hasPrefix($0) } }
    slots.removeAll { isSkipped($0.name) }
    var complaints: [String] = []
    var found: [(slot: Slot, tensor: StoredTensor)] = []
    for slot in slots {
      guard let tensor = file.tensor(named: slot.name) else {
        complaints.append("'\(slot.name)' is missing")
        continue
      }
      if tensor.shape != slot.current.shape {
        complaints.append(
          "'\(slot.name)' has the shape \(tensor.shape) and should have \(slot.current.shape)")
      } else if tensor.elementType != slot.current.elementType {
        complaints.append(
          "'\(slot.name)' holds \(tensor.elementType.rawValue) and should hold "
            + slot.current.elementType.rawValue)
      } else {
        found.append((slot, tensor))
      }
    }
    let known = Set(slots.map(\.name))
    complaints += file.tensorNames.filter { !known.contains($0) && !isSkipped($0) }.sorted().map {
      "'\($0)' is unknown"
    }
    guard complaints.isEmpty else {
      throw ModelFileError(
        .wrongTensor, complaints.joined(separator: "; "), place: file.path,
        remedy: "Take a file of weights for this very network.")
    }
    for (slot, tensor) in found { slot.set(try tensor.tensor(of: slot.current.elementType)) }
  }

  /// A parameter or buffer by its full name.
  private struct Slot {
    let name: String
    let current: Tensor
    let set: (Tensor) -> Void
  }
}

extension StoredTensor {
  /// The elements as a tensor. Throws when they are of another type.
  fileprivate func tensor(of type: ElementType) throws(ModelFileError) -> Tensor {
    switch type {
    case .int64: Tensor(shape, try copy(as: Int64.self))
    default: Tensor(shape, try copy(as: Float.self))
    }
  }
}

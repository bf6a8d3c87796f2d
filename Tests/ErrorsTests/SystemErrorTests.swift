import Errors
import Foundation
import Testing

/// What the system says, and what helps.
@Suite struct SystemErrorTests {
  @Test func theLastCallsErrorIsTaken() {
    errno = ENOENT
    let error = SystemError()
    errno = 0
    #expect(error.number == ENOENT)
    #expect(error.description == SystemError(ENOENT).description)
    #expect(error.description != SystemError(EACCES).description)
  }

  @Test func limitsAndRightsHaveARemedyOfTheirOwn() {
    #expect(SystemError(EMFILE).remedy(else: "other").contains("ulimit -n"))
    #expect(SystemError(EACCES).remedy(else: "other").contains("the right"))
    #expect(SystemError(ENOENT).remedy(else: "other") == "other")
  }
}

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

  @Test func limitsAndRightsHaveARemedyOfTheirOwn() throws {
    #expect(SystemError(EMFILE).remedy(else: "other").contains("ulimit -n"))
    #expect(SystemError(EACCES).remedy(else: "other").contains("the right"))
    // Who reads it may be somebody else, who has it.
    let user = try #require(getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
    #expect(SystemError(EACCES).remedy(else: "other").hasPrefix("Give the user \(user) the right"))
    #expect(SystemError(ENOENT).remedy(else: "other") == "other")
  }
}
